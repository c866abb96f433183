"""Probes and hooks: the kubelet itself ends the container."""

from cluster import Cluster
from kubelet import Run
from objects import container, env, env_secret, mount, probe, volume_config

from .common import go_service, nginx_front, nodes, redis, root_ca
from .registry import scenario


@scenario("slow-start-killed-by-liveness")
def slow_start(name):
    """Spring needs 74 s to start; liveness allows 50 s. The shell that starts it passes no SIGTERM on: 137 after the grace period.
    One pod was deleted by hand a few minutes ago: its events are whole; of the older one's kills only the first are written."""
    c = Cluster(name, "2026-06-16T08:22:44Z", "v1.31.5", "1.31", ["store"], timestamps=False)
    a, b = nodes(c, "aks", {"aks-pool1-31718369-vmss000000": "10.224.0.4", "aks-pool1-31718369-vmss000001": "10.224.0.5"}, "77d")
    root_ca(c, "store", "77d")
    c.config_map("store", "catalog-config", "77d", {"application-prod.yaml": "..."})
    c.secret("store", "catalog-db", "77d", ["SPRING_DATASOURCE_PASSWORD", "SPRING_DATASOURCE_USERNAME"])
    c.service("store", "catalog", "77d", 8080)
    c.service("store", "storefront", "77d", 80)
    spec = container(
        "catalog", "acmestore.azurecr.io/store/catalog:4.0.0", port=8080, command=["/bin/sh", "/app/start.sh"],
        env=[env("SPRING_PROFILES_ACTIVE", "prod"), env_secret("SPRING_DATASOURCE_PASSWORD", "catalog-db", "SPRING_DATASOURCE_PASSWORD")],
        cpu="250m", memory="768Mi", cpu_limit="1", memory_limit="1Gi", mounts=[mount("config", "/app/config", read_only=True)],
        liveness=probe(http="/actuator/health/liveness", port=8080, delay=30, period=10, timeout=1, failures=3),
        readiness=probe(http="/actuator/health/readiness", port=8080, delay=60, period=10, timeout=1, failures=3))  # fmt: skip
    work = c.deployment("store", "catalog", "77d", [spec], replicas=2, volumes=[volume_config("config", "catalog-config")], revision=6, changed="31m")

    def run(log):
        log.raw("start.sh: heap set to 75% of the container", 0.3)
        log.raw(r"""
  .   ____          _            __ _ _
 /\\ / ___'_ __ _ _(_)_ __  __ _ \ \ \ \
( ( )\___ | '_ | '_| | '_ \/ _` | \ \ \ \
 \\/  ___)| |_)| | | | | || (_| |  ) ) ) )
  '  |____| .__|_| |_|_| |_\__, | / / / /
 =========|_|==============|___/=/_/_/_/

 :: Spring Boot ::                (v3.4.5)
""", 1.6)  # fmt: skip
        app, hikari = "c.acme.store.CatalogApplication", "com.zaxxer.hikari.HikariDataSource"
        log.spring("INFO", app, "Starting CatalogApplication v4.0.0 using Java 21.0.6 with PID 7 (/app/catalog.jar started by app in /app)", after=0.4)
        log.spring("INFO", app, 'The following 1 profile is active: "prod"')
        log.spring("INFO", ".s.d.r.c.RepositoryConfigurationDelegate", "Bootstrapping Spring Data JPA repositories in DEFAULT mode.", after=8.8)
        log.spring("INFO", ".s.d.r.c.RepositoryConfigurationDelegate", "Finished Spring Data repository scanning in 3214 ms. Found 41 JPA repository interfaces.", after=3.2)
        log.spring("INFO", "o.s.b.w.embedded.tomcat.TomcatWebServer", "Tomcat initialized with port 8080 (http)", after=7.1)
        log.spring("INFO", "o.apache.catalina.core.StandardService", "Starting service [Tomcat]")
        log.spring("INFO", hikari, "HikariPool-1 - Starting...", after=2.2)
        log.spring("INFO", hikari, "HikariPool-1 - Start completed.", after=0.9)
        log.spring("INFO", "org.flywaydb.core.FlywayExecutor", "Database: jdbc:postgresql://catalog-db.store.svc:5432/catalog (PostgreSQL 16.6)", after=1.0)
        log.spring("INFO", "o.f.core.internal.command.DbMigrate", 'Schema "public" is up to date. No migration necessary.', after=1.3)
        log.spring("WARN", "o.h.dialect.Dialect", "HHH90000025: PostgreSQLDialect does not need to be specified explicitly", after=2.4)
        log.spring("INFO", "o.hibernate.orm.connections.pooling", "HHH10001005: Database info: [PostgreSQL 16.6]", after=1.1)
        log.spring("INFO", "c.acme.store.search.IndexWarmer", "building in-memory product index (812304 products)", after=3.0)
        for share in range(1, 5):
            log.spring("INFO", "c.acme.store.search.IndexWarmer", f"product index {share * 25}% built", after=8.6)
        log.at(75.3)
        log.spring("INFO", "o.s.b.w.embedded.tomcat.TomcatWebServer", "Tomcat started on port 8080 (http) with context path '/'")
        log.spring("INFO", app, "Started CatalogApplication in 74.211 seconds (process running for 75.604)", after=0.12)

    for node, created in ((a, "30m52s"), (b, "4m43s")):
        pod = work.pod(node, created)
        refused = f"dial tcp {pod.ip}:8080: connect: connection refused"
        pod.live({"catalog": Run(
            killed_by="liveness", probe_says=f'Get "http://{pod.ip}:8080/actuator/health/liveness": {refused}', stops_in=30, code=137,
            ready_after=None, log=run)},
            pull={"catalog": (8.902, 301882113)}, usage={"catalog": ("994m", "611Mi")})  # fmt: skip
    nginx_front(c, "store", "storefront", [a], "77d", changed="20d")
    return c


@scenario("startup-probe-too-short")
def startup_probe(name):
    """A search engine replays its log for minutes after a hard stop; the startup probe allows 60 s. Every kill makes the next start no shorter."""
    c = Cluster(name, "2025-11-28T02:20:31Z", "v1.33.4", "1.33", ["search"], timestamps=False)
    a, b = nodes(c, "kubeadm", {"search-a": "10.19.3.11", "search-b": "10.19.3.12"}, "77d", cpu="8", memory="32Gi")
    c.storage_class("fast", "csi.acme.example", binding="Immediate")
    root_ca(c, "search", "77d")
    c.service("search", "index", "77d", 9200)
    c.claim("search", "data-index-0", "77d", "100Gi", storage_class="fast", labels={"app": "index"}, provisioner="csi.acme.example")
    spec = container("engine", "registry.acme.io/search/engine:8.3.0", port=9200, cpu="2", memory="8Gi", memory_limit="8Gi", mounts=[mount("data", "/data")],
                     startup=probe(http="/started", port=9200, period=10, failures=6), liveness=probe(http="/live", port=9200, period=10, timeout=5))  # fmt: skip
    work = c.stateful_set("search", "index", "77d", [spec], claims=[("data", "100Gi")])

    def run(log):
        log.zap("info", "engine starting", 0.6, version="8.3.0", heap="6g")
        log.zap("warn", "vm.max_map_count is 262144, 1048576 is recommended", 0.1)
        log.zap("warn", "previous shutdown was not clean, replaying the translog", 1.0, operations=4180233)
        for part in range(1, 6):
            log.zap("info", "translog replay", 9.3, done=f"{part * 4}%", operations=part * 167210)
        log.at(51.2)
        log.zap("info", "SIGTERM received, stopping after the current segment", 0.1)
        log.zap("info", "translog replay interrupted", 11.2, done="22%")

    pod = work.pod(a, "13m20s")
    pod.live({"engine": Run(killed_by="startup", probe_says="HTTP probe failed with statuscode: 503", stops_in=12.6, code=143, ready_after=None, log=run)},
             usage={"engine": ("1980m", "5120Mi")})  # fmt: skip
    go_service(c, "search", "query-api", [b], "77d", uptime="31d")
    return c


@scenario("readiness-path-wrong")
def readiness(name):
    """The program runs and answers, but the new release moved /ready to /readyz: 404, no pod is ever ready, nobody is killed."""
    c = Cluster(name, "2026-06-29T12:34:56Z", "v1.32.8", "1.32", ["booking"])
    a, b = nodes(c, "aks", {"aks-book-30012251-vmss000000": "10.231.0.4", "aks-book-30012251-vmss000001": "10.231.0.5"}, "70d")
    root_ca(c, "booking", "70d")
    c.service("booking", "seats", "70d", 8080)
    spec = container("seats", "acmebook.azurecr.io/seats:3.0.0", port=8080, port_name="http", cpu="50m", memory="96Mi", memory_limit="192Mi",
                     readiness=probe(http="/ready", port="http", period=10))  # fmt: skip
    work = c.deployment("booking", "seats", "70d", [spec], replicas=2, revision=11, changed="17m")

    def run(log):
        log.logrus("info", "seats 3.0.0 starting")
        log.logrus("info", "probes: /livez and /readyz (the old /ready is gone since 3.0)", component="http")
        log.logrus("info", "listening", addr=":8080")
        log.at(max(0.0, log.until - log.start - 240))
        while not log.over():
            log.logrus("warning", "no route", 10, method="GET", path="/ready", status=404, agent=f"kube-probe/1.{c.minor}")

    for node in (a, b):
        work.pod(node).live({"seats": Run(ready_after=None, unready="HTTP probe failed with statuscode: 404", log=run)}, pull={"seats": (1.7, 16777216)})
    nginx_front(c, "booking", "booking-ui", [a], "70d", changed="9d")
    return c


@scenario("cpu-throttling-fails-probes")
def cpu_throttling(name):
    """A limit of 50m is met; requests then time out, the liveness probe times out with them, and the kubelet ends the container."""
    c = Cluster(name, "2026-01-27T16:48:02Z", "v1.32.1", "1.32", ["pricing"])
    a, b = nodes(c, "gke", {"gke-prod-default-pool-8c1f6b3a-x7kz": "10.132.0.41", "gke-prod-default-pool-8c1f6b3a-q2wd": "10.132.0.42"}, "51d", memory="15Gi")
    c.use_node(a, "611m", "4810Mi")
    c.use_node(b, "540m", "4502Mi")
    root_ca(c, "pricing", "190d")
    c.service("pricing", "quote", "190d", 3000)
    spec = container(
        "quote", "europe-docker.pkg.dev/acme-prod/apps/quote:7.2.0", port=3000, port_name="http", env=[env("NODE_ENV", "production")],
        cpu="50m", cpu_limit="50m", memory="192Mi", memory_limit="384Mi",
        liveness=probe(http="/healthz", port="http", delay=20, period=10, timeout=1, failures=3),
        readiness=probe(http="/readyz", port="http", delay=5, period=10, timeout=1, failures=3))  # fmt: skip
    work = c.deployment("pricing", "quote", "190d", [spec], replicas=2, revision=31, changed="49m", cause="quote: lower CPU limit to 50m (cost)")

    def run(log):
        log.pino(30, "quote 7.2.0 booting", 4.1, node="v22.13.0")
        log.pino(30, "rate tables loaded", 9.7, tables=112)
        log.pino(30, "listening on :3000", 0.9)
        log.at(30)
        took = 300
        while not log.over():
            took = min(took + 350 + log.rng.randrange(300), 9800)
            level, message = (30, "request completed") if took < 3000 else (40, "slow request")
            log.pino(level, message, 4.6 + log.rng.random() * 4, method="POST", url="/v1/quote", status=200, ms=took)
            if took > 4500:
                log.pino(50, "upstream request timed out after 5000ms", 0.5, err="ETIMEDOUT", upstream="tariff.pricing.svc:3001")

    for node, created, later in ((a, "48m20s", 0), (b, "48m18s", 20)):
        pod = work.pod(node, created)
        base = f'Get "http://{pod.ip}:3000'
        late = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        pod.live({"quote": lambda index, base=base, later=later: Run(
            killed_by="liveness", probe_says=f'{base}/healthz": {late}', fails_from=70 + later + 10 * (index % 3), stops_in=30, code=137,
            ready_after=None if index else 15, unready=f'{base}/readyz": {late}', log=run)},
            pull={"quote": (4.31, 88120391)}, usage={"quote": ("50m", "171Mi")})  # fmt: skip
    go_service(c, "pricing", "tariff", [a, b], "190d", uptime="9d", port=3001)
    return c


@scenario("poststart-hook-failed")
def hook(name):
    """The postStart hook waits for a file that never comes, and leaves with 1: the kubelet ends the container each time."""
    c = Cluster(name, "2025-09-08T11:03:18Z", "v1.27.16", "1.27", ["edge"], timestamps=False, metrics=False)
    (node,) = nodes(c, "kubeadm", {"edge-gw-2": "10.8.0.12"}, "140d", memory="8Gi")
    root_ca(c, "edge", "140d")
    c.service("edge", "gateway", "140d", 8443)
    c.config_map("edge", "gateway-routes", "140d", {"routes.yaml": "..."})
    spec = container(
        "gateway", "registry.acme.io/edge/gateway:2.3.0", port=8443, cpu="100m", memory="128Mi",
        lifecycle={"postStart": {"exec": {"command": ["/bin/sh", "-c", "/opt/gateway/bin/register --routes /etc/gateway/routes.yml"]}}},
        mounts=[mount("routes", "/etc/gateway")])  # fmt: skip
    work = c.deployment("edge", "gateway", "140d", [spec], volumes=[volume_config("routes", "gateway-routes")], revision=3, changed="26m")

    def run(log):
        log.zap("info", "gateway 2.3.0 starting", 0.2, listeners=2)
        log.zap("warn", "admin interface is bound to 127.0.0.1 only", 0.05)
        log.zap("info", "listener ready", 0.3, addr=":8443")
        log.at(4.4)
        log.zap("info", "received SIGTERM, draining", 0.05)
        log.zap("info", "bye", 0.4)

    said = "register: open /etc/gateway/routes.yml: no such file or directory\\n"
    message = (
        'Exec lifecycle hook ([/bin/sh -c /opt/gateway/bin/register --routes /etc/gateway/routes.yml]) for Container "gateway" in Pod '
        "{pod} failed - error: command '/bin/sh -c /opt/gateway/bin/register --routes /etc/gateway/routes.yml' exited with 1: , "
        f'message: "{said}"'
    )
    pod = work.pod(node, "25m41s")
    pod.live({"gateway": Run(after=5.2, code=0, log=run, ready_after=None,
              hook_error=message.format(pod=f'"{pod.name}_edge({pod.uid})"'))}, pull={"gateway": (3.05, 0)})  # fmt: skip
    redis(c, "edge", node, "140d")
    c.storage_class("local-path", "rancher.io/local-path")
    return c
