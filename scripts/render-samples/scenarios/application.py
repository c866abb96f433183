"""The application ends itself: configuration, certificates, rights, a schema, a signal, or nobody knows."""

import clock
from cluster import Cluster
from kubelet import Run
from objects import container, env, env_config, env_secret, mount, probe, volume_config, volume_secret

from .common import go_service, nginx_front, nodes, root_ca
from .registry import scenario


@scenario("env-var-missing")
def env_var_missing(name):
    """The new release needs PAYMENTS_WEBHOOK_URL; the deployment does not set it. The database warning before it is noise."""
    c = Cluster(name, "2025-11-05T13:37:20Z", "v1.30.6", "1.30", ["payments"], timestamps=False)
    a, b = nodes(c, "kubeadm", {"worker-a": "10.30.1.21", "worker-b": "10.30.1.22"}, "210d")
    root_ca(c, "payments", "210d")
    c.config_map("payments", "webhook-dispatcher", "150d", {"LOG_LEVEL": "info", "PAYMENTS_WEBHOOK_TIMEOUT": "5s", "RETRY_LIMIT": "4"})
    c.secret("payments", "webhook-signing", "150d", ["key"])
    c.service("payments", "webhook-dispatcher", "150d", 8080)
    spec = container(
        "dispatcher", "registry.acme.io/payments/webhook-dispatcher:1.9.0", port=8080, cpu="50m", memory="64Mi", memory_limit="128Mi",
        env=[env_config("LOG_LEVEL", "webhook-dispatcher", "LOG_LEVEL"), env_config("RETRY_LIMIT", "webhook-dispatcher", "RETRY_LIMIT"),
             env_secret("SIGNING_KEY", "webhook-signing", "key")],
        readiness=probe(http="/readyz", port=8080))  # fmt: skip
    work = c.deployment("payments", "webhook-dispatcher", "150d", [spec], replicas=2, revision=12, changed="21m")

    def run(log):
        log.logrus("info", "webhook-dispatcher starting", version="1.9.0", commit="f3c1a9e")
        log.logrus("debug", "feature flags loaded", count=7)
        log.logrus("warning", "pool size 2 is below the recommended 10", component="db")
        log.logrus("info", "connected to database", component="db", host="payments-db.payments.svc", took="41ms")
        log.logrus("info", "registering retry policy", limit=4)
        log.logrus("fatal", "config: missing required environment variable PAYMENTS_WEBHOOK_URL")

    for node, created in ((a, "20m44s"), (b, "20m43s")):
        work.pod(node, created).live({"dispatcher": Run(after=0.42, code=1, ready_after=None, log=run)}, pull={"dispatcher": (2.918, 21530115)})
    go_service(c, "payments", "ledger", [a, b], "210d", uptime="14d")
    return c


@scenario("rollout-with-a-bad-variable")
def rollout_with_a_bad_variable(name):
    """The new revision has a new image and lost a variable; its first pod fails, the three of the old one serve."""
    c = Cluster(name, "2026-03-04T10:21:40Z", "v1.31.4", "1.30", ["billing"], timestamps=False)
    a, b = nodes(c, "kubeadm", {"rack-1": "10.40.1.11", "rack-2": "10.40.1.12"}, "190d")
    root_ca(c, "billing", "190d")
    c.service("billing", "tariffs", "120d", 8080)

    def spec(image, variables):
        return container("tariffs", f"registry.acme.io/billing/tariffs:{image}", port=8080, cpu="50m", memory="64Mi", memory_limit="128Mi",
                         env=[env(*pair) for pair in variables], readiness=probe(http="/readyz", port=8080))  # fmt: skip

    old = c.deployment("billing", "tariffs", "120d", [spec("4.1.7", [("LEDGER_URL", "http://ledger.billing.svc:8080"), ("LOG_LEVEL", "info")])],
                       replicas=3, revision=8, changed="12d")  # fmt: skip

    def serve(log):
        log.logrus("info", "tariffs starting", version="4.1.7")
        log.logrus("info", "http server listening", addr=":8080")

    for node in (a, b, a):
        old.pod(node).live({"tariffs": Run(ready_after=3, log=serve)})
    new = old.roll_out([spec("4.2.0", [("LOG_LEVEL", "info")])], "24m")

    def fail(log):
        log.logrus("info", "tariffs starting", version="4.2.0")
        log.logrus("fatal", "config: missing required environment variable LEDGER_URL")

    new.pod(b, "23m58s").live({"tariffs": Run(after=0.3, code=1, ready_after=None, log=fail)}, pull={"tariffs": (2.4, 19530115)})
    go_service(c, "billing", "ledger", [a, b], "190d", uptime="14d")
    return c


@scenario("schema-migration-job-failed")
def migration(name):
    """A migration meets a column that is there already. The Job gives up after two retries; the old release still serves."""
    c = Cluster(name, "2026-02-18T06:12:55Z", "v1.33.3", "1.33", ["crm"])
    a, b = nodes(c, "eks", {"ip-10-60-1-7.us-east-2.compute.internal": "10.60.1.7", "ip-10-60-2-19.us-east-2.compute.internal": "10.60.2.19"}, "29d")
    root_ca(c, "crm", "400d")
    c.secret("crm", "crm-db", "400d", ["DATABASE_URL"])
    c.service("crm", "crm-web", "400d", 8000)
    spec = container("migrate", "registry.acme.io/crm/web:2026.7.1", command=["python", "manage.py", "migrate", "--noinput"],
                     env=[env_secret("DATABASE_URL", "crm-db", "DATABASE_URL"), env("DJANGO_SETTINGS_MODULE", "crm.settings.production")],
                     cpu="100m", memory="256Mi")  # fmt: skip
    job = c.job("crm", "crm-migrate-2026-7-1", "12m40s", [spec], labels={"app": "crm-migrate", "release": "2026.7.1"}, backoff_limit=2)

    def run(log):
        log.raw("Operations to perform:\n  Apply all migrations: accounts, admin, auth, contacts, contenttypes, deals, sessions", 2.4)
        log.raw("Running migrations:", 0.2)
        log.raw("  Applying deals.0041_deal_stage_index... OK" if log.index == 0 else "  No changes to apply for deals.0041_deal_stage_index.", 0.6)
        log.raw("  Applying contacts.0087_contact_source...Traceback (most recent call last):", 0.4)
        log.raw('  File "/usr/local/lib/python3.12/site-packages/django/db/backends/utils.py", line 105, in _execute')
        log.raw("    return self.cursor.execute(sql, params)\n           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^")
        log.raw('psycopg2.errors.DuplicateColumn: column "source" of relation "contacts_contact" already exists')
        log.raw("\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):")
        log.raw('  File "/app/manage.py", line 22, in <module>\n    main()')
        log.raw('  File "/usr/local/lib/python3.12/site-packages/django/core/management/commands/migrate.py", line 357, in handle')
        log.raw("    post_migrate_state = executor.migrate(")
        log.raw('  File "/usr/local/lib/python3.12/site-packages/django/db/migrations/executor.py", line 255, in apply_migration')
        log.raw("    state = migration.apply(state, schema_editor)")
        log.raw('django.db.utils.ProgrammingError: column "source" of relation "contacts_contact" already exists\n')

    # The job controller waits 10, then 20 s after a failed pod.
    for index, (node, created) in enumerate(((a, "12m40s"), (b, "12m22s"), (a, "11m54s"))):
        job.pod(node, created).live({"migrate": [Run(after=4.3, code=1, ready_after=0, log=lambda log, index=index: run_as(log, index, run))]},
                                    pull={"migrate": (9.1 if index == 0 else 0.8, 255113820)} if index < 2 else None)  # fmt: skip

    web = container("web", "registry.acme.io/crm/web:2026.6.4", port=8000, cpu="200m", memory="384Mi", memory_limit="768Mi",
                    env=[env_secret("DATABASE_URL", "crm-db", "DATABASE_URL")], readiness=probe(http="/-/ready", port=8000))  # fmt: skip

    def serving(log):
        log.gunicorn("INFO", "Starting gunicorn 23.0.0", after=1.2)
        log.gunicorn("INFO", "Listening at: http://0.0.0.0:8000 (1)")
        log.gunicorn("INFO", "Booting worker with pid: 8", pid=8)

    work = c.deployment("crm", "crm-web", "400d", [web], replicas=2, revision=118, changed="13d21h")
    for node in (a, b):
        work.pod(node).live({"web": Run(ready_after=9, log=serving)})
    return c


def run_as(log, index, run):
    log.index = index
    run(log)


@scenario("operator-rbac-forbidden")
def operator_rbac(name):
    """The operator's new version watches leases in its own namespace; its role was not updated: forbidden, then it gives up."""
    c = Cluster(name, "2025-08-21T19:55:12Z", "v1.32.6", "1.32", ["cert-mirror"])
    a, b = nodes(c, "gke", {"gke-ops-pool-a-51be3e11-0k2m": "10.140.0.9", "gke-ops-pool-a-51be3e11-v8sj": "10.140.0.10"}, "64d")
    root_ca(c, "cert-mirror", "64d")
    c.config_map("cert-mirror", "cert-mirror-config", "64d", {"config.yaml": "..."})
    c.service("cert-mirror", "cert-mirror-metrics", "64d", 8080, {"app.kubernetes.io/name": "cert-mirror"})
    spec = container("manager", "ghcr.io/acme-ops/cert-mirror:v0.8.0", port=8080, args=["--leader-elect", "--metrics-bind-address=:8080"],
                     cpu="10m", memory="64Mi", memory_limit="128Mi", security={"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True},
                     liveness=probe(http="/healthz", port=8081, delay=15, period=20))  # fmt: skip
    work = c.deployment("cert-mirror", "cert-mirror", "64d", [spec], labels={"app.kubernetes.io/name": "cert-mirror"}, revision=4, changed="52m",
                        serviceAccountName="cert-mirror", security={"runAsNonRoot": True, "runAsUser": 65532})  # fmt: skip

    def run(log):
        log.klog("I", "main.go:88", '"starting manager" version="v0.8.0"')
        log.klog("I", "server.go:83", '"starting server" logger="controller-runtime" name="health probe" addr="[::]:8081"')
        log.klog("W", "client_config.go:667", "Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work.")
        log.klog("I", "leaderelection.go:257", "attempting to acquire leader lease cert-mirror/cert-mirror-lock...", 0.3)
        said = ('leases.coordination.k8s.io "cert-mirror-lock" is forbidden: User "system:serviceaccount:cert-mirror:cert-mirror" cannot get '
                'resource "leases" in API group "coordination.k8s.io" in the namespace "cert-mirror"')  # fmt: skip
        for _ in range(9):
            log.klog("E", "leaderelection.go:436", f"error retrieving resource lock cert-mirror/cert-mirror-lock: {said}", 2.2)
        log.klog("E", "main.go:131", f"\"problem running manager\" err=\"leader election not possible: {said.replace(chr(34), chr(92) + chr(34))}\"", 1.0)

    work.pod(a, "51m12s").live({"manager": Run(after=22.1, code=1, ready_after=None, log=run)}, pull={"manager": (1.904, 24117730)})
    go_service(c, "cert-mirror", "acme-proxy", [b], "64d")
    return c


@scenario("expired-client-ca")
def expired_certificate(name):
    """The identity provider's certificate ran out on Saturday; the gateway that fetches its keys at start gives up."""
    c = Cluster(name, "2026-05-03T09:20:00Z", "v1.29.12", "1.29", ["auth"], timestamps=False)
    a, b = nodes(c, "kubeadm", {"node-1": "172.16.8.31", "node-2": "172.16.8.32"}, "365d")
    root_ca(c, "auth", "365d")
    c.secret("auth", "idp-tls", "90d", ["tls.crt", "tls.key"], "kubernetes.io/tls")
    c.config_map("auth", "api-gateway", "180d", {"gateway.toml": "..."})
    c.service("auth", "api-gateway", "180d", 8080)
    spec = container("gateway", "registry.acme.io/auth/api-gateway:6.1.3", port=8080, env=[env("OIDC_ISSUER", "https://idp.acme.example/realms/main")],
                     cpu="100m", memory="96Mi", memory_limit="256Mi", mounts=[mount("tls", "/etc/idp-tls", read_only=True)])  # fmt: skip
    work = c.deployment("auth", "api-gateway", "180d", [spec], replicas=2, volumes=[volume_secret("tls", "idp-tls")], revision=19, changed="33m")

    issuer = "https://idp.acme.example/realms/main"

    def expired(time):
        return (f'Get "{issuer}/.well-known/openid-configuration": tls: failed to verify certificate: x509: certificate has expired or is not yet '
                f"valid: current time {clock.rfc3339(time)} is after 2026-05-02T23:59:59Z")  # fmt: skip

    def run(log):
        log.zap("info", "api-gateway starting", version="6.1.3", pid=1)
        log.zap("info", "loaded routes", count=64, file="/etc/gateway/gateway.toml")
        log.zap("warn", "rate limiting disabled: no redis address configured")
        for attempt in range(1, 4):
            log.zap("warn", "discovery failed, retrying", 1.5 * attempt, attempt=attempt, issuer=issuer, error=expired(log.now + 1.5 * attempt))
        log.zap("fatal", "cannot initialise OIDC provider", issuer=issuer, error=expired(log.now))

    for node, created in ((a, "32m19s"), (b, "32m18s")):
        work.pod(node, created).live({"gateway": Run(after=9.6, code=1, log=run)}, pull={"gateway": (2.4, 38442110)})
    nginx_front(c, "auth", "login-pages", [a, b], "180d", changed="40d")
    return c


@scenario("exit-1-no-logs")
def no_logs(name):
    """Exit 1 within a second, and not a line of log: the honest answer names what to collect."""
    c = Cluster(name, "2025-12-02T15:08:33Z", "v1.31.3", "1.31", ["batch-tools"])
    a, b = nodes(c, "aks", {"aks-sys-20117431-vmss000002": "10.240.0.6", "aks-sys-20117431-vmss000003": "10.240.0.7"}, "18d")
    root_ca(c, "batch-tools", "300d")
    c.secret("batch-tools", "ftp-bridge", "300d", ["host", "user", "password"])
    spec = container("ftp-bridge", "acmetools.azurecr.io/batch/ftp-bridge:0.4.1", env=[env_secret("FTP_PASSWORD", "ftp-bridge", "password")],
                     cpu="20m", memory="32Mi", memory_limit="64Mi")  # fmt: skip
    work = c.deployment("batch-tools", "ftp-bridge", "300d", [spec], revision=7, changed="37m")
    work.pod(a, "36m50s").live({"ftp-bridge": Run(after=0.35, code=1)}, pull={"ftp-bridge": (1.1, 7340032)})
    go_service(c, "batch-tools", "scheduler", [a, b], "300d", uptime="5d")
    return c


@scenario("segfault-in-native-library")
def segfault(name):
    """A wheel built for glibc on an Alpine (musl) image: the process dies by SIGSEGV at the first call into it."""
    c = Cluster(name, "2025-07-16T10:02:11Z", "v1.28.11", "1.28", ["vision"])
    a, b = nodes(c, "kubeadm", {"gpu-less-01": "10.77.0.4", "gpu-less-02": "10.77.0.5"}, "150d", cpu="16", memory="64Gi")
    root_ca(c, "vision", "150d")
    c.service("vision", "ocr", "40d", 8000)
    spec = container("ocr", "registry.acme.io/vision/ocr:3.0.0-alpine", port=8000, cpu="1", memory="1Gi", memory_limit="4Gi",
                     readiness=probe(http="/ready", port=8000, delay=5))  # fmt: skip
    work = c.deployment("vision", "ocr", "40d", [spec], replicas=2, revision=5, changed="39m")

    def run(log):
        log.python("INFO", "ocr.main", "ocr 3.0.0 on Python 3.11.9, Alpine Linux 3.20 (musl 1.2.5)", 0.9)
        log.python("WARNING", "ocr.main", "OMP_NUM_THREADS not set, using 16")
        log.python("INFO", "ocr.models", "loading detection model craft-2.1.onnx (83 MB)", 0.2)
        log.python("WARNING", "onnxruntime", "gcompat in use: native library libonnxruntime.so.1.18.1 expects glibc 2.28", 0.8)
        log.raw("Fatal Python error: Segmentation fault", 0.6)
        log.raw("")
        log.raw("Current thread 0x00007f1a3c4e1b48 (most recent call first):")
        log.raw('  File "/usr/local/lib/python3.11/site-packages/onnxruntime/capi/onnxruntime_inference_collection.py", line 483 in _create_inference_session')
        log.raw('  File "/app/ocr/models.py", line 57 in load_detector\n  File "/app/ocr/main.py", line 31 in <module>')
        log.raw("\nExtension modules: numpy.core._multiarray_umath, onnxruntime.capi.onnxruntime_pybind11_state (total: 21)")

    for node, created in ((a, "38m31s"), (b, "38m30s")):
        work.pod(node, created).live({"ocr": Run(after=2.7, code=139, ready_after=None, log=run)}, pull={"ocr": (5.6, 0)})
    go_service(c, "vision", "upload", [a, b], "150d", uptime="11d")
    return c


@scenario("init-container-dns-failure")
def init_dns(name):
    """The init container asks for a service by a namespace that was renamed: the name does not resolve, the pod never gets to its program."""
    c = Cluster(name, "2026-04-22T08:08:08Z", "v1.31.7", "1.31", ["planning"], timestamps=False)
    a, b = nodes(c, "gke", {"gke-plan-pool-1-0a9c4f22-77dz": "10.150.0.31", "gke-plan-pool-1-0a9c4f22-wq41": "10.150.0.32"}, "20d")
    root_ca(c, "planning", "140d")
    c.service("planning", "planner", "140d", 8080)
    wait = container("wait-for-queue", "registry.acme.io/base/wait-for:1.2.0", args=["--timeout=30s", "rabbitmq.messaging-v1.svc.cluster.local:5672"])
    spec = container("planner", "registry.acme.io/planning/planner:2.20.0", port=8080, cpu="100m", memory="256Mi", readiness=probe(http="/readyz", port=8080))
    work = c.deployment("planning", "planner", "140d", [spec], init=[wait], revision=27, changed="19m")

    def run(log):
        host = "rabbitmq.messaging-v1.svc.cluster.local"
        log.logrus("info", "waiting for tcp target", target=f"{host}:5672", timeout="30s")
        for _ in range(10):
            log.logrus("warning", f"dial tcp: lookup {host} on 10.96.0.10:53: no such host", 2.9, target=f"{host}:5672")
        log.logrus("fatal", f"timed out after 30s: dial tcp: lookup {host} on 10.96.0.10:53: no such host", 0.4)

    work.pod(b, "18m22s").live({"wait-for-queue": Run(after=30.1, code=1, log=run)}, pull={"wait-for-queue": (1.2, 4194304)})
    go_service(c, "planning", "calendar", [a], "140d", uptime="6d")
    return c


@scenario("database-disk-full-three-victims")
def database(name):
    """Postgres cannot write to its own full volume and stays down; three workloads leave because it refuses connections."""
    c = Cluster(name, "2026-04-09T03:31:40Z", "v1.30.9", "1.30", ["shop"])
    a, b, d = nodes(c, "eks", {f"ip-10-90-{n}-{h}.eu-central-1.compute.internal": f"10.90.{n}.{h}" for n, h in ((1, 12), (2, 40), (3, 77))}, "48d")
    c.storage_class("gp3", "ebs.csi.aws.com")
    root_ca(c, "shop", "500d")
    c.secret("shop", "postgres", "500d", ["POSTGRES_PASSWORD", "POSTGRES_USER"])
    c.config_map("shop", "postgres-config", "500d", {"postgresql.conf": "..."})
    ip = c.service("shop", "postgres", "500d", 5432)
    c.service("shop", "orders", "500d", 8080)
    c.service("shop", "payments", "500d", 8080)
    c.service("shop", "recommendations", "300d", 3000)
    c.claim("shop", "data-postgres-0", "500d", "20Gi", labels={"app": "postgres"})
    password = env_secret("DB_PASSWORD", "postgres", "POSTGRES_PASSWORD")

    postgres = container("postgres", "postgres:15.10", port=5432, port_name="postgres", cpu="500m", memory="1Gi", memory_limit="2Gi",
                         env=[env("PGDATA", "/var/lib/postgresql/data/pgdata"), env_secret("POSTGRES_PASSWORD", "postgres", "POSTGRES_PASSWORD")],
                         readiness=probe(command=["pg_isready", "-U", "postgres"], period=10, timeout=3),
                         mounts=[mount("data", "/var/lib/postgresql/data"), mount("config", "/etc/postgresql")])  # fmt: skip
    work = c.stateful_set("shop", "postgres", "500d", [postgres], claims=[("data", "20Gi")], volumes=[volume_config("config", "postgres-config")])
    broke = c.ago("34m18s")

    def database_log(log):
        if log.index == 0:
            log.at(broke - log.start - 1900)
            for _ in range(6):
                log.postgres("LOG", "checkpoint starting: time", 27, 300)
                log.postgres("LOG", "checkpoint complete: wrote 2114 buffers (12.9%); 0 WAL file(s) added, 0 removed, 1 recycled", 27, 12)
            log.postgres("ERROR", 'could not extend file "base/16384/24611": No space left on device', 4121, 6)
            log.postgres("HINT", "Check free disk space.", 4121, 0)
            log.postgres("PANIC", 'could not write to file "pg_wal/xlogtemp.4121": No space left on device', 4121, 20)
            log.postgres("LOG", "server process (PID 4121) was terminated by signal 6: Aborted", 1, 0.4)
            log.postgres("LOG", "all server processes terminated; reinitializing", 1, 0.1)
            log.postgres("FATAL", 'could not write lock file "postmaster.pid": No space left on device', 1, 0.1)
            return
        log.raw("\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n", 0.1)
        log.postgres("FATAL", 'could not write lock file "postmaster.pid": No space left on device', 1, 0.1)

    pod = work.pod(a, "48d")
    pod.live({"postgres": lambda index: Run(ends_at=broke, code=1, log=database_log) if index == 0 else Run(after=0.3, code=1, ready_after=None, log=database_log)})

    orders = container("orders", "registry.acme.io/shop/orders:8.4.2", port=8080, cpu="250m", memory="512Mi", memory_limit="1Gi", env=[password],
                       readiness=probe(http="/actuator/health/readiness", port=8080, delay=20))  # fmt: skip

    def healthy_then(crash, lines):
        def log(log):
            if log.index == 0:
                log.at(broke - log.start - 600)
                while log.now < broke - 20:
                    lines(log)
            crash(log)

        return log

    def orders_crash(log):
        app, pool = "com.acme.orders.OrdersApplication", "com.zaxxer.hikari.pool.HikariPool"
        if log.index:
            log.spring("INFO", app, "Starting OrdersApplication v8.4.2 using Java 21.0.6 with PID 1", after=2.1)
            log.spring("INFO", pool.replace("pool.HikariPool", "HikariDataSource"), "HikariPool-1 - Starting...", after=9.0)
            log.at(41)
        refused = ("Connection to postgres.shop.svc:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting "
                   "TCP/IP connections.")  # fmt: skip
        log.spring("ERROR", pool, "HikariPool-1 - Exception during pool initialization.")
        log.raw(f"org.postgresql.util.PSQLException: {refused}")
        log.raw("\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:342)")
        log.raw("\tat org.postgresql.Driver.connect(Driver.java:282)\n\tat com.zaxxer.hikari.util.DriverDataSource.getConnection(DriverDataSource.java:137)")
        log.raw("Caused by: java.net.ConnectException: Connection refused\n\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)")
        log.spring("ERROR", "o.s.boot.SpringApplication", "Application run failed", after=0.4)

    def orders_serving(log):
        log.spring("INFO", "c.a.orders.web.OrderController", f"order {log.rng.randrange(10**6, 10**7)} accepted", "nio-8080-exec-3", 60)

    work = c.deployment("shop", "orders", "500d", [orders], replicas=2, revision=61, changed="16d")
    for node in (b, d):
        log = healthy_then(orders_crash, orders_serving)
        work.pod(node).live({"orders": lambda index, log=log: Run(ends_at=broke + 61.2, code=1, log=log, ready_after=38) if index == 0
                             else Run(after=42.6, code=1, ready_after=None, log=log)})  # fmt: skip

    payments = container("payments", "registry.acme.io/shop/payments:5.0.9", port=8080, cpu="100m", memory="128Mi", memory_limit="256Mi", env=[password],
                         readiness=probe(http="/readyz", port=8080))  # fmt: skip

    def payments_crash(log):
        if log.index:
            log.zap("info", "payments starting", 0.1, version="5.0.9")
            log.zap("warn", "idempotency cache is in memory only", 0.1)
        for attempt in range(1, 4):
            log.zap("warn", "database not reachable, retrying", 2.0, attempt=attempt, error=f"dial tcp {ip}:5432: connect: connection refused")
        log.zap("fatal", "giving up on database", 0.1, host="postgres.shop.svc:5432",
                error=f"failed to connect to `host=postgres.shop.svc user=payments database=payments`: dial error (dial tcp {ip}:5432: connect: connection refused)")  # fmt: skip

    def payments_serving(log):
        log.zap("info", "payment captured", 45, id=f"pay_{log.rng.getrandbits(40):010x}", ms=31)

    work = c.deployment("shop", "payments", "500d", [payments], revision=33, changed="16d")
    log = healthy_then(payments_crash, payments_serving)
    work.pod(d).live({"payments": lambda index: Run(ends_at=broke + 13.8, code=1, log=log, ready_after=4) if index == 0
                      else Run(after=6.4, code=1, ready_after=None, log=log)})  # fmt: skip

    reco = container("recommendations", "registry.acme.io/shop/recommendations:2.2.0", port=3000, cpu="100m", memory="192Mi", memory_limit="384Mi", env=[password])

    def reco_crash(log):
        if log.index:
            log.pino(30, "recommendations 2.2.0", 0.7)
            log.pino(40, "model cache empty, first requests are slow", 0.1)
        log.raw("node:internal/process/promises:394\n      triggerUncaughtException(err, true /* fromPromise */);\n      ^\n", 0.5)
        log.raw(f"Error: connect ECONNREFUSED {ip}:5432")
        log.raw("    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {\n  errno: -111,\n  code: 'ECONNREFUSED',\n  syscall: 'connect',")
        log.raw(f"  address: '{ip}',\n  port: 5432\n}}\n\nNode.js v20.18.1")

    def reco_serving(log):
        log.pino(30, "served", 70, items=12, ms=22)

    work = c.deployment("shop", "recommendations", "300d", [reco], revision=8, changed="30d")
    log = healthy_then(reco_crash, reco_serving)
    work.pod(b).live({"recommendations": lambda index: Run(ends_at=broke + 2.9, code=1, log=log) if index == 0 else Run(after=1.6, code=1, log=log)})
    nginx_front(c, "shop", "storefront", [a], "500d", changed="16d")
    return c


