"""Memory: the limit is met, and a kill that nothing explains."""

from cluster import Cluster
from kubelet import Run
from objects import container, env, env_config, env_secret, mount, probe, volume_config, volume_empty

from .common import go_service, nginx_front, nodes, redis, root_ca
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



@scenario("rollout-with-a-lower-limit")
def lower_limit(name):
    """A release takes the memory limit down from 640Mi to 64Mi. The Deployment recreates its pods, so none of the old ones is left."""
    c = Cluster(name, "2026-05-19T08:47:12Z", "v1.32.4", "1.32", ["billing"], metrics=False)
    a, b = nodes(c, "kubeadm", {"rack-1": "10.40.1.11", "rack-2": "10.40.1.12"}, "190d")
    root_ca(c, "billing", "190d")
    c.service("billing", "refunds", "120d", 8080)

    def spec(limit):
        return container("refunds", "registry.acme.io/billing/refunds:7.4.1", port=8080, cpu="100m", memory="64Mi", memory_limit=limit,
                         env=[env("CACHE_ROWS", "200000")], readiness=probe(http="/readyz", port=8080))  # fmt: skip

    old = c.deployment("billing", "refunds", "120d", [spec("640Mi")], replicas=2, revision=14, changed="21d")
    new = old.recreate([spec("64Mi")], "2h11m")

    def warm_up(log):
        log.logrus("info", "refunds starting", version="7.4.1")
        log.logrus("info", "warming the cache", rows=200000)

    for node in (a, b):
        new.pod(node, "2h10m58s").live({"refunds": Run(after=3.4, code=137, reason="OOMKilled", ready_after=None, log=warm_up)})
    go_service(c, "billing", "ledger", [a, b], "190d", uptime="14d")
    return c

@scenario("jvm-heap-exhausted")
def jvm_heap_exhausted(name):
    """A JVM meets its own -Xmx, well below the container's limit: it leaves with 3, and no kernel kill is involved."""
    c = Cluster(name, "2025-10-02T08:41:30Z", "v1.29.9", "1.29", ["risk"], timestamps=False)
    one, two = nodes(c, "kubeadm", {"worker-01": "10.20.4.11", "worker-02": "10.20.4.12"}, "310d", cpu="8", memory="32Gi")
    root_ca(c, "risk", "310d")
    c.config_map("risk", "exposure-calc", "88d", {"application.yaml": "...", "logback.xml": "..."})
    c.secret("risk", "exposure-calc-kafka", "88d", ["sasl.username", "sasl.password"])
    c.service("risk", "exposure-calc", "88d", 8080)
    calc = container(
        "exposure-calc", "harbor.corp.example/risk/exposure-calc:3.7.0", port=8080,
        env=[env("JAVA_TOOL_OPTIONS", "-Xms512m -Xmx768m -XX:+ExitOnOutOfMemoryError")],
        cpu="500m", memory="2Gi", memory_limit="2Gi", cpu_limit="2", mounts=[mount("config", "/config", read_only=True)],
        readiness=probe(http="/actuator/health/readiness", port=8080, delay=10))  # fmt: skip
    work = c.deployment("risk", "exposure-calc", "88d", [calc], volumes=[volume_config("config", "exposure-calc")], revision=14, changed="43m")

    def run(log):
        log.raw("Picked up JAVA_TOOL_OPTIONS: -Xms512m -Xmx768m -XX:+ExitOnOutOfMemoryError", 0.2)
        log.logback("INFO", "c.c.risk.ExposureApplication", "Starting ExposureApplication v3.7.0 using Java 21.0.4 with PID 1", after=1.9)
        log.logback("INFO", "o.s.b.w.embedded.tomcat.TomcatWebServer", "Tomcat initialized with port 8080 (http)", after=3.1)
        log.logback("WARN", "o.a.k.clients.consumer.ConsumerConfig", "These configurations '[schema.registry.url]' were supplied but are not used yet.", after=1.0)
        log.logback("INFO", "c.c.risk.ExposureApplication", "Started ExposureApplication in 11.42 seconds (process running for 12.3)", after=5.2)
        log.logback("INFO", "c.c.risk.snapshot.SnapshotLoader", "loading position snapshot 2025-10-01 (3.1 GiB) into memory", "loader-1", 0.4)
        for part in range(1, 10):
            log.logback("INFO", "c.c.risk.snapshot.SnapshotLoader", f"partition {part}/24 loaded, 118{part}42 positions", "loader-1", 4.4)
            if part == 7:
                log.logback("WARN", "c.c.risk.metrics.GcMonitor", "GC took 61% of the last 10 s, heap 742 MiB of 768 MiB", "gc-monitor", 0.4)
        log.at(61.5)
        log.raw("Terminating due to java.lang.OutOfMemoryError: Java heap space")

    pod = work.pod(one, "42m50s")
    pod.live({"exposure-calc": Run(after=61.6, code=3, ready_after=25, log=run)}, pull={"exposure-calc": (11.87, 412093377)})
    go_service(c, "risk", "limits-api", [one, two], "200d", uptime="21d")
    return c


@scenario("sigkill-unexplained")
def sigkill_unexplained(name):
    """Exit 137, reason Error: neither a limit nor a probe, and the events say nothing of a kill. What ended it is not in here."""
    c = Cluster(name, "2025-12-19T22:17:45Z", "v1.28.15+k3s1", "1.28", ["media"], metrics=False)
    (node,) = nodes(c, "k3s", {"k3s-edge-1": "192.168.40.21"}, "402d", cpu="4", memory="8Gi", roles=("control-plane", "master"))
    root_ca(c, "media", "402d")
    c.service("media", "thumbnailer", "90d", 9000)
    spec = container("thumbnailer", "ghcr.io/acme-media/thumbnailer:0.9.4", port=9000, env=[env("WORKERS", "6"), env("QUEUE", "redis://redis:6379/0")])
    work = c.deployment("media", "thumbnailer", "90d", [spec], changed="55m")

    def run(log):
        log.pino(30, "thumbnailer 0.9.4 up", 0.8, workers=6)
        log.pino(40, "sharp: libvips without HEIF support, .heic files are skipped", 0.3)
        log.pino(30, "connected to redis", 0.1, host="redis")
        while not log.over():
            size = 200 + log.rng.randrange(9000)
            log.pino(30, "resized", 14 + log.rng.random() * 30, id=f"{log.rng.getrandbits(32):08x}", kb=size, ms=40 + size // 8)

    lives = [412, 655, 380, 508, None]
    pod = work.pod(node, "54m40s")
    pod.live({"thumbnailer": lambda index: Run(after=lives[index], code=137, log=run)}, pull={"thumbnailer": (9.443, 96211871)})
    redis(c, "media", node, "402d")
    c.storage_class("local-path", "rancher.io/local-path")
    nginx_front(c, "media", "gallery", [node], "402d", changed="33d")
    return c
