"""What people send by mail: a folder of odd files, a terminal's transcript. No layout, no collection time."""

from cluster import Cluster
from kubelet import Run
from objects import container, env, env_secret, mount, probe, volume_claim

from .common import go_service, nodes, root_ca
from .registry import scenario


def transcript(collection, commands, prompt):
    """The outputs of `commands` one after another, each behind the prompt that made it, stderr among them as a terminal shows it."""
    text = ""
    for command in commands:
        _, output, error, _ = collection.capture(*command)
        text += f"{prompt} kubectl {' '.join(command)}\n{output}{error}"
    return text


def first_pod(collection, prefix):
    return next(pod.name for pod in collection.cluster.pods if pod.name.startswith(prefix))


def save_folder(collection):
    """Four files: a PowerShell redirection (UTF-16, CRLF), a transcript with prompts, a log, and the mail they came with."""
    bad, scope = first_pod(collection, "crm-sync"), ["-n", "crm-eu"]
    _, pods, _, _ = collection.capture("get", "pods", *scope, "-o", "wide")
    collection.target.joinpath("pods neu.txt").write_bytes(pods.replace("\n", "\r\n").encode("utf-16"))
    collection.write("Ausgaben.txt", transcript(
        collection, [["describe", "pod", bad, *scope], ["get", "events", *scope], ["get", "deploy,svc", *scope], ["get", "secrets", *scope]], "$"))
    _, log, _, _ = collection.capture("logs", bad, *scope, "--previous")
    collection.write("crm-sync.log", log)
    collection.write("mail.txt", (
        "Hi all,\n\nsince this morning's password rotation the CRM sync is red in the dashboard. I restarted the pod twice, no change.\n"
        "Attached is what I could get. The other services in the namespace look fine to me.\n\nCan you have a look? Customer is waiting.\n\nThanks\nJ.\n"))


def save_transcript(collection):
    """One file: everything from the terminal's scroll-back."""
    bad, scope = first_pod(collection, "grafana"), ["-n", "monitoring"]
    collection.write("terminal.txt", transcript(
        collection,
        [["get", "pods", *scope], ["logs", *scope, bad], ["describe", "pod", *scope, bad], ["get", "pvc", *scope], ["version"]],
        "admin@bastion:~$"))


@scenario("loose-folder-powershell", save_folder)
def loose_folder(name):
    """The database password was rotated, the Secret was not: password authentication failed."""
    c = Cluster(name, "2025-10-14T09:33:12Z", "v1.30.4", "1.30", ["crm-eu"], timestamps=False)
    a, b = nodes(c, "aks", {"aks-crm-19004410-vmss00000a": "10.239.0.4", "aks-crm-19004410-vmss00000b": "10.239.0.5"}, "45d")
    root_ca(c, "crm-eu", "400d")
    c.secret("crm-eu", "crm-db-login", "212d", ["username", "password"])
    c.service("crm-eu", "crm-api", "400d", 8080)
    spec = container("sync", "acmecrm.azurecr.io/crm-sync:4.4.1", cpu="100m", memory="192Mi", memory_limit="384Mi",
                     env=[env("DB_HOST", "crm-db.postgres.database.azure.com"), env_secret("DB_PASSWORD", "crm-db-login", "password")])  # fmt: skip
    work = c.deployment("crm-eu", "crm-sync", "400d", [spec], revision=20, changed="60d")

    def run(log):
        log.python("INFO", "crm_sync", "crm-sync 4.4.1 starting")
        log.python("INFO", "crm_sync.config", "loaded 31 field mappings")
        log.python("WARNING", "crm_sync.config", "mapping 'fax' is deprecated and ignored")
        log.raw("Traceback (most recent call last):", 1.1)
        log.raw('  File "/app/crm_sync/__main__.py", line 44, in <module>\n    main()\n  File "/app/crm_sync/__main__.py", line 29, in main\n    pool = open_pool(settings)')
        log.raw('  File "/usr/local/lib/python3.12/site-packages/psycopg/connection.py", line 117, in connect\n    raise last_ex.with_traceback(None)')
        log.raw('psycopg.OperationalError: connection failed: connection to server at "10.239.4.11", port 5432 failed: FATAL:  password authentication failed for '
                'user "crm_sync"')  # fmt: skip

    work.pod(b, "17m26s").live({"sync": Run(after=2.2, code=1, log=run)}, pull=None)
    go_service(c, "crm-eu", "crm-api", [a, b], "400d", uptime="33d")
    return c


@scenario("loose-terminal-transcript", save_transcript)
def loose_transcript(name):
    """Grafana's volume belongs to root, Grafana runs as 472, and no fsGroup is set: it may not write."""
    c = Cluster(name, "2026-02-27T15:51:00Z", "v1.28.15+k3s1", "1.28", ["monitoring"], timestamps=False)
    (a,) = nodes(c, "k3s", {"k3s-lab": "192.168.178.40"}, "61d", memory="8Gi", roles=("control-plane", "master"))
    root_ca(c, "monitoring", "61d")
    c.claim("monitoring", "grafana-data", "61d", "5Gi", storage_class="nfs-client", provisioner="cluster.local/nfs-subdir-external-provisioner")
    c.service("monitoring", "grafana", "61d", 3000)
    spec = container("grafana", "grafana/grafana:11.4.0", port=3000, port_name="http", cpu="50m", memory="128Mi", mounts=[mount("data", "/var/lib/grafana")],
                     readiness=probe(http="/api/health", port="http"))  # fmt: skip
    work = c.deployment("monitoring", "grafana", "61d", [spec], volumes=[volume_claim("data", "grafana-data")], revision=3, changed="7m44s",
                        security={"runAsUser": 472, "runAsGroup": 472})  # fmt: skip

    def run(log):
        log.raw("GF_PATHS_DATA='/var/lib/grafana' is not writable.", 0.05)
        log.raw("You may have issues with file permissions, more information here: http://docs.grafana.org/installation/docker/#migrate-to-v51-or-later")
        log.raw("mkdir: can't create directory '/var/lib/grafana/plugins': Permission denied")

    work.pod(a, "7m31s").live({"grafana": Run(after=0.11, code=1, ready_after=None, log=run)}, pull={"grafana": (21.3, 0)})
    go_service(c, "monitoring", "alert-relay", [a], "61d", uptime="12d")
    return c
