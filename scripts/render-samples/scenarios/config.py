"""Configuration and volumes: the pod asks for what is not there."""

import clock
from cluster import Cluster
from kubelet import Blocked, Run
from objects import container, env, env_config, env_secret, mount, probe, volume_config, volume_nfs

from .common import go_service, nginx_front, nodes, redis, root_ca
from .registry import scenario


@scenario("secret-name-typo")
def secret_typo(name):
    """The deployment asks for `db-credential`; the namespace has `db-credentials`."""
    c = Cluster(name, "2025-11-20T20:31:15Z", "v1.28.9", "1.28", ["loyalty"])
    a, b = nodes(c, "gke", {"gke-emea-pool-2-77a1c0de-4rtz": "10.164.0.21", "gke-emea-pool-2-77a1c0de-b9lm": "10.164.0.22"}, "33d")
    root_ca(c, "loyalty", "230d")
    c.secret("loyalty", "db-credentials", "230d", ["username", "password"])
    c.secret("loyalty", "smtp-relay", "230d", ["username", "password"])
    c.config_map("loyalty", "points-config", "230d", {"EXPIRY_DAYS": "365", "TIERS": "silver,gold"})
    c.service("loyalty", "points", "230d", 8080)
    spec = container("points", "registry.acme.io/loyalty/points:3.3.0", port=8080, cpu="100m", memory="128Mi",
                     env=[env_config("EXPIRY_DAYS", "points-config", "EXPIRY_DAYS"), env_secret("DB_PASSWORD", "db-credential", "password")],
                     readiness=probe(http="/readyz", port=8080))  # fmt: skip
    work = c.deployment("loyalty", "points", "230d", [spec], revision=15, changed="14m")
    work.pod(a, "13m12s").live({"points": Blocked("config", 'secret "db-credential" not found')}, pull={"points": (2.6, 0)})
    go_service(c, "loyalty", "partners", [a, b], "230d", uptime="8d")
    return c


@scenario("configmap-key-missing")
def key_missing(name):
    """The ConfigMap is there, the key is not: it is spelled `SMTP_HOSTNAME` there, `SMTP_HOST` here. Only a sidecar starts."""
    c = Cluster(name, "2026-02-05T11:54:48Z", "v1.33.1", "1.33", ["notify"], timestamps=False)
    a, b = nodes(c, "aks", {"aks-apps-41209311-vmss000000": "10.225.0.4", "aks-apps-41209311-vmss000001": "10.225.0.5"}, "61d")
    root_ca(c, "notify", "61d")
    c.config_map("notify", "mailer-config", "61d", {"SMTP_HOSTNAME": "mail.acme.example", "SMTP_PORT": "587", "FROM": "noreply@acme.example"})
    c.service("notify", "mailer", "61d", 8080)
    spec = container("mailer", "acmenotify.azurecr.io/mailer:1.4.0", port=8080, cpu="50m", memory="64Mi",
                     env=[env_config("SMTP_HOST", "mailer-config", "SMTP_HOST"), env_config("SMTP_PORT", "mailer-config", "SMTP_PORT")])  # fmt: skip
    shipper = container("log-shipper", "fluent/fluent-bit:3.2.4", cpu="10m", memory="32Mi", env=[env("FLUSH", "5")])
    work = c.deployment("notify", "mailer", "61d", [spec, shipper], revision=3, changed="29m")

    def shipping(log):
        log.raw("Fluent Bit v3.2.4", 0.1)
        log.raw("* Copyright (C) 2015-2024 The Fluent Bit Authors")
        log.raw("[info] [fluent bit] version=3.2.4, commit=b2a8ca2, pid=1", 0.1)
        log.raw("[ warn] [input:tail:tail.0] no files matching /var/log/mailer/*.log", 0.1)

    work.pod(b, "28m4s").live({"mailer": Blocked("config", "couldn't find key SMTP_HOST in ConfigMap notify/mailer-config"), "log-shipper": Run(log=shipping)},
                              pull={"mailer": (1.9, 30408704), "log-shipper": (3.3, 36700160)})  # fmt: skip
    go_service(c, "notify", "sms", [a], "61d", uptime="17d")
    return c


@scenario("subpath-onto-a-file")
def sub_path(name):
    """The ConfigMap's key was renamed: the subPath names nothing, becomes an empty directory, and cannot be mounted onto a file."""
    c = Cluster(name, "2025-12-11T13:13:00Z", "v1.30.7", "1.30", ["ingest"])
    a, b = nodes(c, "eks", {"ip-10-21-7-90.eu-north-1.compute.internal": "10.21.7.90", "ip-10-21-8-11.eu-north-1.compute.internal": "10.21.8.11"}, "17d")
    root_ca(c, "ingest", "210d")
    c.config_map("ingest", "collector-config", "210d", {"otel-collector.yaml": "..."})
    c.service("ingest", "otel-collector", "210d", 4317)
    spec = container("collector", "otel/opentelemetry-collector:0.114.0", port=4317, args=["--config=/etc/otelcol/config.yaml"], cpu="100m", memory="128Mi",
                     mounts=[mount("config", "/etc/otelcol/config.yaml", sub_path="collector.yaml")])  # fmt: skip
    work = c.deployment("ingest", "otel-collector", "210d", [spec], volumes=[volume_config("config", "collector-config")], revision=9, changed="12m")
    pod = work.pod(b, "11m40s")
    source = f"/var/lib/kubelet/pods/{pod.uid}/volume-subpaths/config/collector/0"
    message = ("failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
               f'error during container init: error mounting "{source}" to rootfs at "/etc/otelcol/config.yaml": mount '
               f"{source}:/etc/otelcol/config.yaml (via /proc/self/fd/6), flags: 0x5001: not a directory: unknown")  # fmt: skip
    pod.live({"collector": Run(start_error=message, ready_after=None)}, pull={"collector": (3.1, 40894464)})
    go_service(c, "ingest", "gateway", [a, b], "210d", uptime="13d")
    return c


@scenario("quota-blocks-third-replica")
def quota(name):
    """The memory limits of the namespace's quota are used up: two of three replicas exist, the third is never created."""
    c = Cluster(name, "2026-03-02T09:47:19Z", "v1.31.6", "1.31", ["team-blue"])
    a, b = nodes(c, "kubeadm", {"blue-1": "10.88.0.21", "blue-2": "10.88.0.22"}, "190d")
    root_ca(c, "team-blue", "190d")
    c.service("team-blue", "rates", "190d", 8080)
    spec = container("rates", "registry.acme.io/team-blue/rates:2.0.0", port=8080, cpu="200m", memory="1Gi", memory_limit="3Gi",
                     readiness=probe(http="/readyz", port=8080))  # fmt: skip
    work = c.deployment("team-blue", "rates", "190d", [spec], replicas=3, revision=21, changed="26m")
    for node in (a, b):
        work.pod(node).live({"rates": Run(ready_after=5)}, pull={"rates": (2.2, 48234496)}, usage={"rates": ("55m", "701Mi")})
    replica_set = work.parent["metadata"]["name"]
    said = 'pods "{}" is forbidden: exceeded quota: compute, requested: limits.memory=3Gi, used: limits.memory=6528Mi, limited: limits.memory=8Gi'
    time, delay, last = work.made + 0.1, 0.01, ""
    for _ in range(9):
        last = said.format(f"{replica_set}-{c.suffix()}")
        c.event(c.ref(work.parent), "Warning", "FailedCreate", f"Error creating: {last}", "replicaset-controller", time, api="apps/v1")
        delay *= 2
        time += delay
    combined = said.format(f"{replica_set}-{c.suffix()}")
    c.event(c.ref(work.parent), "Warning", "FailedCreate", f"(combined from similar events): Error creating: {combined}", "replicaset-controller",
            time, c.ago("4m11s"), 8, api="apps/v1")  # fmt: skip
    for owner, times in ((work.parent, {}), (work.obj, {"lastUpdateTime": clock.rfc3339(work.made + 1)})):
        owner["status"]["conditions"] = [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": combined,
                                          "lastTransitionTime": clock.rfc3339(work.made + 1), **times}]  # fmt: skip
    go_service(c, "team-blue", "fees", [a], "190d", uptime="15d")
    return c


@scenario("nfs-volume-mount-failed")
def nfs(name):
    """The NFS server was renumbered; the volume still names the old address. The pod stays in ContainerCreating."""
    c = Cluster(name, "2025-09-30T18:15:03Z", "v1.27.11", "1.27", ["archive"])
    a, b = nodes(c, "kubeadm", {"arch-01": "10.50.2.4", "arch-02": "10.50.2.5"}, "700d")
    root_ca(c, "archive", "700d")
    c.config_map("archive", "doc-store", "200d", {"store.yaml": "..."})
    c.service("archive", "doc-store", "200d", 8080)
    spec = container("doc-store", "registry.acme.io/archive/doc-store:2.1.7", port=8080, cpu="100m", memory="256Mi",
                     mounts=[mount("documents", "/srv/documents"), mount("config", "/etc/doc-store")])  # fmt: skip
    work = c.deployment("archive", "doc-store", "200d", [spec], revision=4, changed="36m",
                        volumes=[volume_nfs("documents", "10.50.9.20", "/export/documents"), volume_config("config", "doc-store")])  # fmt: skip
    pod = work.pod(a, "35m30s")
    where = f"/var/lib/kubelet/pods/{pod.uid}/volumes/kubernetes.io~nfs/documents"
    pod.wait_for_volumes([(
        "FailedMount",
        f'MountVolume.SetUp failed for volume "documents" : mount failed: exit status 32\nMounting command: mount\n'
        f"Mounting arguments: -t nfs 10.50.9.20:/export/documents {where}\nOutput: mount.nfs: No route to host\n")], span=3.0)  # fmt: skip
    said = ("Unable to attach or mount volumes: unmounted volumes=[documents], unattached volumes=[], failed to process volumes=[]: timed out waiting "
            "for the condition")  # fmt: skip
    for minutes in range(2, 36, 2):
        pod.events.emit(pod.created + minutes * 60 + 3 + 9 * (minutes // 2), "Warning", "FailedMount", said, None)
    redis(c, "archive", b, "700d")
    c.storage_class("local-path", "rancher.io/local-path")
    nginx_front(c, "archive", "search-ui", [b], "700d", changed="25d")
    return c
