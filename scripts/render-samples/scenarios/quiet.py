"""Nothing to find, or nothing that can be told."""

from cluster import Cluster
from kubelet import Run
from objects import container, env, mount, probe, volume_config

from .common import go_service, nginx_front, nodes, redis, root_ca
from .registry import scenario


@scenario("healthy-cluster")
def healthy(name):
    """All is well. What looks like trouble is history: an old restart, a FailedMount before Started, a finished job, error lines."""
    c = Cluster(name, "2026-05-19T10:10:10Z", "v1.33.0", "1.33", ["checkout"])
    a, b = nodes(c, "eks", {"ip-10-8-0-17.ec2.internal": "10.8.0.17", "ip-10-8-1-44.ec2.internal": "10.8.1.44"}, "22d")
    c.storage_class("gp3", "ebs.csi.aws.com")
    root_ca(c, "checkout", "300d")
    c.config_map("checkout", "basket-config", "300d", {"basket.yaml": "..."})
    c.secret("checkout", "basket-db", "300d", ["password"])
    c.service("checkout", "basket", "300d", 8080)

    # The kubelet's cache was not warm when the pod came: two warnings, then it started.
    spec = container("basket", "registry.acme.io/checkout/basket:6.0.1", port=8080, cpu="100m", memory="128Mi", memory_limit="256Mi",
                     mounts=[mount("config", "/etc/basket")], readiness=probe(http="/readyz", port=8080, period=5))  # fmt: skip
    work = c.deployment("checkout", "basket", "300d", [spec], volumes=[volume_config("config", "basket-config")], revision=44, changed="36m")

    def serving(log):
        log.zap("info", "basket starting", 0.2, version="6.0.1")
        log.zap("warn", "GOMAXPROCS not set by cgroup, using 4", 0.1)
        log.zap("error", "cache warmup: key not found, loading from database", 0.2, key="basket:prices")
        log.zap("info", "ready", 6.4)
        log.at(max(0, log.until - log.start - 1200))
        while not log.over():
            if log.rng.random() < 0.1:
                log.zap("error", "request failed", 50, path="/v1/basket/77120", status=404, error="basket not found")
            log.zap("info", "request", 50, path="/v1/basket", status=200, ms=9 + log.rng.randrange(20))

    pod = work.pod(a, "35m20s")
    late = 'MountVolume.SetUp failed for volume "config" : failed to sync configmap cache: timed out waiting for the condition'
    pod.live({"basket": Run(ready_after=8, unready=f'Get "http://{pod.ip}:8080/readyz": dial tcp {pod.ip}:8080: connect: connection refused', log=serving)},
             pull={"basket": (2.1, 23068672)}, after=3.1, before=[(0.9, "FailedMount", late), (1.6, "FailedMount", late)])  # fmt: skip

    # It was restarted once, eleven days ago.
    spec = container("tax", "registry.acme.io/checkout/tax:2.9.0", port=8080, cpu="50m", memory="96Mi", readiness=probe(http="/readyz", port=8080))
    work = c.deployment("checkout", "tax", "300d", [spec], revision=17, changed="19d")
    work.pod(b).live({"tax": lambda index: Run(ends_at=c.ago("11d3h"), code=1, ready_after=3) if index == 0 else Run(ready_after=3)})

    spec = container("prune", "registry.acme.io/checkout/basket:6.0.1", command=["/basket", "prune", "--older-than=30d"], env=[env("DRY_RUN", "false")])
    job = c.job("checkout", "prune-baskets-29653200", "4h10m10s", [spec], labels={"app": "prune-baskets"}, backoff_limit=2)

    def pruning(log):
        log.zap("info", "pruning baskets", 0.3, olderThan="30d")
        log.zap("info", "done", 41, removed=18233)

    job.pod(b).live({"prune": Run(after=42.2, code=0, log=pruning)})
    redis(c, "checkout", b, "300d")
    nginx_front(c, "checkout", "checkout-ui", [a], "300d", changed="8d")
    go_service(c, "checkout", "vouchers", [b], "300d", uptime="16d")
    return c


@scenario("pods-table-only")
def table_only(name):
    """The collector's account may list pods and nothing else, and the JSON list broke off: one row says CrashLoopBackOff, no more."""
    c = Cluster(name, "2025-09-17T21:59:30Z", "v1.30.5", "1.30", ["legacy"], user="system:serviceaccount:support:reader", metrics=True)
    (a,) = nodes(c, "kubeadm", {"legacy-1": "10.2.2.2"}, "900d")
    root_ca(c, "legacy", "900d")
    spec = container("connector", "registry.acme.io/legacy/connector:0.3.9")
    work = c.deployment("legacy", "connector", "900d", [spec], revision=3, changed="3d")
    work.pod(a).live({"connector": Run(after=4.4, code=1)})
    go_service(c, "legacy", "mainframe-gateway", [a], "900d", uptime="50d")
    for resource in ("nodes", "events", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "services", "endpoints",
                     "persistentvolumeclaims", "persistentvolumes", "storageclasses", "configmaps", "secrets", "pods/log"):  # fmt: skip
        c.forbid(("*", resource))
    c.forbid(("get", "pods"))
    c.broken.add("pods")
    return c
