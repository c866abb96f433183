"""Memory: the limit is met, and a kill that nothing explains."""

from cluster import Cluster
from kubelet import Run
from objects import container, env, env_config, env_secret, mount, probe, volume_config, volume_empty

from .registry import scenario


@scenario("oom-killed")
def oom_killed(name):
    """A Python worker reads each batch whole: its memory grows until the kernel ends it at 512Mi. The API beside it is well."""
    c = Cluster(name, "2026-03-11T14:05:09Z", "v1.30.8-eks-2d5f260", "1.30", ["reporting"])
    east = c.node("ip-10-0-31-114.eu-west-1.compute.internal", "10.0.31.114", "41d", os_image="Amazon Linux 2023.6.20250203",
                  kernel="6.1.127-135.201.amzn2023.x86_64", labels={"topology.kubernetes.io/zone": "eu-west-1a"})  # fmt: skip
    west = c.node("ip-10-0-52-8.eu-west-1.compute.internal", "10.0.52.8", "41d", os_image="Amazon Linux 2023.6.20250203",
                  kernel="6.1.127-135.201.amzn2023.x86_64", labels={"topology.kubernetes.io/zone": "eu-west-1b"})  # fmt: skip
    for node in (east, west):
        c.system_pods(node, "41d")
    c.use_node(east, "712m", "7120Mi")
    c.use_node(west, "455m", "6214Mi")
    c.storage_class("gp3", "ebs.csi.aws.com")
    c.config_map("reporting", "ledger-export-config", "63d", {"EXPORT_BUCKET": "acme-ledger-exports", "BATCH_ROWS": "250000", "LOG_LEVEL": "INFO"})
    c.config_map("reporting", "kube-root-ca.crt", "120d", {"ca.crt": "..."})
    c.secret("reporting", "ledger-db", "120d", ["username", "password", "host"])
    c.service("reporting", "report-api", "120d", 8080)

    worker = container(
        "worker", "registry.acme.io/finance/ledger-export:2.14.0", command=["python", "-m", "ledger_export.worker"],
        env=[env("PYTHONUNBUFFERED", "1"), env_config("BATCH_ROWS", "ledger-export-config", "BATCH_ROWS"),
             env_config("EXPORT_BUCKET", "ledger-export-config", "EXPORT_BUCKET"), env_secret("DB_PASSWORD", "ledger-db", "password")],
        cpu="250m", memory="256Mi", memory_limit="512Mi", mounts=[mount("scratch", "/var/lib/ledger-export")])  # fmt: skip
    export = c.deployment("reporting", "ledger-export", "63d", [worker], replicas=2, volumes=[volume_empty("scratch")], revision=9, changed="58m")

    def batches(log):
        log.python("INFO", "ledger_export.worker", "ledger-export 2.14.0 starting (python 3.12.8, pandas 2.2.3)", 1.2)
        log.python("INFO", "ledger_export.config", "bucket=acme-ledger-exports batch_rows=250000")
        log.python("WARNING", "botocore.configprovider", "AWS_DEFAULT_REGION not set, using region of the instance profile", 0.4)
        log.python("INFO", "ledger_export.db", "connected to ledger-db.reporting.svc:5432 (server 15.10)", 0.3)
        batch, used = 1 + 40 * log.index, 118
        while not log.over() and used < 505:
            used += 37 + log.rng.randrange(20)
            log.python("INFO", "ledger_export.batch", f"batch {batch}: fetched 250000 rows in {1.1 + log.rng.random():.2f}s", 2.4)
            log.python("INFO", "ledger_export.batch", f"batch {batch}: frame built, rss={used}MiB", 2.2)
            batch += 1

    def looping(index):
        return Run(after=52 + 7 * ((index * 5) % 4), code=137, reason="OOMKilled", log=batches)

    export.pod(east, "57m31s").live({"worker": looping}, pull={"worker": (6.214, 187334121)})
    # The second replica has the smaller share of accounts: it lasts a little longer, and is running now.
    export.pod(west, "57m30s").live(
        {"worker": lambda index: Run(after=None if index == 7 else 170 + 9 * index, code=137, reason="OOMKilled", log=batches)},
        pull={"worker": (7.021, 187334121)}, usage={"worker": ("262m", "497Mi")})  # fmt: skip

    api = container(
        "api", "registry.acme.io/finance/report-api:5.3.1", port=8080, port_name="http", cpu="100m", memory="256Mi", memory_limit="512Mi",
        readiness=probe(http="/readyz", port="http", period=10), liveness=probe(http="/healthz", port="http", delay=15, period=20),
        env=[env_secret("DB_PASSWORD", "ledger-db", "password")])  # fmt: skip

    def serving(log):
        log.zap("info", "report-api starting", 0.4, version="5.3.1", go="go1.23.5")
        log.zap("warn", "tracing exporter not configured, spans are dropped", 0.1)
        log.zap("info", "database pool ready", 0.3, max=20)
        log.zap("info", "listening", 0.1, addr=":8080")
        log.at(12 * 86400)
        while not log.over():
            log.zap("info", "request", 240, method="GET", path="/v1/reports", status=200, ms=18 + log.rng.randrange(40))

    reports = c.deployment("reporting", "report-api", "120d", [api], replicas=2, revision=22, changed="12d1h")
    for node in (east, west):
        reports.pod(node).live({"api": Run(ready_after=6, log=serving)}, usage={"api": ("21m", "143Mi")})
    return c
