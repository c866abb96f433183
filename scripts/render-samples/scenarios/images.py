"""Image and entrypoint: what the node cannot pull, or cannot execute."""

from cluster import Cluster
from kubelet import Blocked, Run
from objects import container, env, mount, probe, volume_config

from .common import go_service, nginx_front, nodes, root_ca
from .registry import scenario


@scenario("arm64-image-on-amd64-node")
def architecture(name):
    """The image was built on an arm64 laptop; the node is amd64. One line of log, exit 255."""
    c = Cluster(name, "2026-03-24T17:26:09Z", "v1.34.1", "1.34", ["warehouse"])
    a, b = nodes(c, "kubeadm", {"wh-node-1": "10.44.0.11", "wh-node-2": "10.44.0.12"}, "120d")
    root_ca(c, "warehouse", "120d")
    c.service("warehouse", "inventory", "120d", 8080)
    spec = container("inventory", "registry.acme.io/warehouse/inventory:0.12.0-rc2", port=8080, command=["/usr/local/bin/inventory"], args=["serve"],
                     cpu="50m", memory="64Mi", readiness=probe(http="/readyz", port=8080))  # fmt: skip
    work = c.deployment("warehouse", "inventory", "120d", [spec], replicas=2, revision=9, changed="16m")

    def run(log):
        log.raw("exec /usr/local/bin/inventory: exec format error", 0.01)

    for node, created in ((a, "15m39s"), (b, "15m38s")):
        work.pod(node, created).live({"inventory": Run(after=0.03, code=255, ready_after=None, log=run)}, pull={"inventory": (2.2, 18874368)})
    go_service(c, "warehouse", "labels", [a, b], "120d", uptime="30d")
    return c


@scenario("crlf-startup-script")
def crlf(name):
    """start.sh was saved with CRLF and put into a ConfigMap: the kernel looks for an interpreter `/bin/sh\\r`."""
    c = Cluster(name, "2025-10-29T12:00:41Z", "v1.29.10", "1.29", ["intranet"], timestamps=False, metrics=False)
    (a,) = nodes(c, "kubeadm", {"office-k8s-1": "192.168.10.5"}, "500d", memory="8Gi")
    root_ca(c, "intranet", "500d")
    c.config_map("intranet", "wiki-scripts", "300d", {"start.sh": "...", "backup.sh": "..."})
    c.service("intranet", "wiki", "300d", 3000)
    spec = container("wiki", "requarks/wiki:2.5.307", port=3000, command=["/bin/bash", "-c", "cp /scripts/start.sh /tmp/ && chmod +x /tmp/start.sh && /tmp/start.sh"],
                     env=[env("DB_TYPE", "sqlite"), env("DB_FILEPATH", "/wiki/data/db.sqlite")], mounts=[mount("scripts", "/scripts")])  # fmt: skip
    work = c.deployment("intranet", "wiki", "300d", [spec], volumes=[volume_config("scripts", "wiki-scripts")], revision=17, changed="9m50s")

    def run(log):
        log.raw("/bin/bash: line 1: /tmp/start.sh: /bin/sh^M: bad interpreter: No such file or directory", 0.03)

    work.pod(a, "9m31s").live({"wiki": Run(after=0.05, code=126, ready_after=None, log=run)})
    nginx_front(c, "intranet", "start-page", [a], "500d", changed="90d")
    return c


@scenario("distroless-image-without-shell")
def no_shell(name):
    """The command is `sh -c`, the image distroless: the runtime cannot start the container, and there is no log at all."""
    c = Cluster(name, "2026-01-14T09:09:57Z", "v1.31.4", "1.31", ["tracing"])
    a, b = nodes(c, "eks", {"ip-10-12-0-61.ec2.internal": "10.12.0.61", "ip-10-12-1-13.ec2.internal": "10.12.1.13"}, "12d")
    root_ca(c, "tracing", "95d")
    c.service("tracing", "span-router", "95d", 4317)
    spec = container("span-router", "ghcr.io/acme-obs/span-router:2.0.0-distroless", port=4317, command=["sh", "-c", "exec /span-router --config=$CONFIG"],
                     env=[env("CONFIG", "/etc/span-router/config.yaml")], cpu="50m", memory="64Mi", memory_limit="256Mi")  # fmt: skip
    work = c.deployment("tracing", "span-router", "95d", [spec], revision=6, changed="24m")
    message = ('failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container '
               'process: exec: "sh": executable file not found in $PATH: unknown')  # fmt: skip
    work.pod(a, "23m18s").live({"span-router": Run(start_error=message, ready_after=None)}, pull={"span-router": (1.7, 9437184)})
    go_service(c, "tracing", "span-store", [a, b], "95d", uptime="11d", port=9411)
    return c


@scenario("entrypoint-without-execute-bit")
def no_execute_bit(name):
    """The image was built on Windows: run.sh lost its execute bit, the runtime may not start it."""
    c = Cluster(name, "2025-09-02T16:06:45Z", "v1.28.13", "1.28", ["hr"], metrics=False)
    a, b = nodes(c, "kubeadm", {"hr-node-1": "10.70.0.3", "hr-node-2": "10.70.0.4"}, "333d")
    root_ca(c, "hr", "333d")
    c.service("hr", "payslips", "100d", 8080)
    spec = container("payslips", "registry.acme.io/hr/payslips:1.2.0", port=8080, command=["/app/run.sh"], cpu="50m", memory="128Mi",
                     security={"runAsUser": 1001, "runAsNonRoot": True})  # fmt: skip
    work = c.deployment("hr", "payslips", "100d", [spec], revision=3, changed="34m")
    message = ('failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container '
               'process: exec: "/app/run.sh": permission denied: unknown')  # fmt: skip
    work.pod(a, "33m33s").live({"payslips": Run(start_error=message, ready_after=None)}, pull={"payslips": (4.2, 0)})
    go_service(c, "hr", "directory", [b], "333d", uptime="44d")
    return c


@scenario("two-image-pull-failures")
def pulls(name):
    """Two faults of their own in one namespace: a private registry without credentials, and a tag that nobody pushed."""
    c = Cluster(name, "2025-08-13T07:45:26Z", "v1.30.3", "1.30", ["web"])
    a, b = nodes(c, "kubeadm", {"kube-w1": "10.1.4.31", "kube-w2": "10.1.4.32"}, "410d")
    root_ca(c, "web", "410d")
    c.secret("web", "regcred-old", "410d", [".dockerconfigjson"], "kubernetes.io/dockerconfigjson")
    c.service("web", "cms", "200d", 8080)
    c.service("web", "newsletter", "200d", 8080)
    cms = container("cms", "registry.partner.example/agency/cms:11.4.2", port=8080, cpu="100m", memory="256Mi")
    unauthorized = (
        'failed to pull and unpack image "registry.partner.example/agency/cms:11.4.2": failed to resolve reference "registry.partner.example/agency/cms:11.4.2": '
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
        "https://registry.partner.example/service/token?scope=repository%3Aagency%2Fcms%3Apull&service=harbor-registry: 401 Unauthorized"
    )
    work = c.deployment("web", "cms", "200d", [cms], revision=2, changed="18m")
    work.pod(a, "17m22s").live({"cms": Blocked("pull", f"rpc error: code = Unknown desc = {unauthorized}")})
    newsletter = container("newsletter", "ghcr.io/acme-web/newsletter:v3.9.0", port=8080, cpu="50m", memory="96Mi")
    missing = (
        'failed to pull and unpack image "ghcr.io/acme-web/newsletter:v3.9.0": failed to resolve reference "ghcr.io/acme-web/newsletter:v3.9.0": '
        "ghcr.io/acme-web/newsletter:v3.9.0: not found"
    )
    work = c.deployment("web", "newsletter", "200d", [newsletter], replicas=2, revision=12, changed="41m")
    for node, created in ((a, "40m10s"), (b, "40m9s")):
        work.pod(node, created).live({"newsletter": Blocked("pull", f"rpc error: code = NotFound desc = {missing}")})
    nginx_front(c, "web", "landing", [b], "410d", changed="55d")
    return c
