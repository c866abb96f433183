"""Well neighbours and usual surroundings, so that a scenario tells only what is its own."""

from kubelet import Run
from objects import container, mount, probe, volume_claim

CLOUDS = {
    "eks": {"os_image": "Amazon Linux 2023.6.20250203", "kernel": "6.1.127-135.201.amzn2023.x86_64", "runtime": "containerd://1.7.25"},
    "aks": {"os_image": "Ubuntu 22.04.5 LTS", "kernel": "5.15.0-1079-azure", "runtime": "containerd://1.7.25-1"},
    "gke": {"os_image": "Container-Optimized OS from Google", "kernel": "6.1.112+", "runtime": "containerd://1.7.24"},
    "kubeadm": {"os_image": "Debian GNU/Linux 12 (bookworm)", "kernel": "6.1.0-31-amd64", "runtime": "containerd://1.7.25"},
    "k3s": {"os_image": "Ubuntu 24.04.2 LTS", "kernel": "6.8.0-53-generic", "runtime": "containerd://2.0.2-k3s2"},
}


def nodes(c, cloud, names, created, **extra):
    """Nodes of one kind; `names` maps a name to its address."""
    made = [c.node(name, ip, created, **CLOUDS[cloud], **extra) for name, ip in names.items()]
    for node in made:
        c.system_pods(node, created)
    return made


def go_service(c, namespace, name, places, created, changed=None, image=None, port=8080, readiness=True, uptime="3d"):
    """A Go service that is well, one pod per entry of `places`."""
    spec = container(
        "app", image or f"registry.acme.io/{namespace}/{name}:1.18.2", port=port, port_name="http", cpu="50m", memory="64Mi", memory_limit="192Mi",
        readiness=probe(http="/readyz", port="http") if readiness else None)  # fmt: skip
    work = c.deployment(namespace, name, created, [spec], replicas=len(places), changed=changed or uptime)

    def log(log):
        log.logrus("info", f"starting {name}", version="1.18.2", go="go1.23.6")
        log.logrus("warning", "OTEL_EXPORTER_OTLP_ENDPOINT is not set, traces are not exported")
        log.logrus("info", "http server listening", addr=f":{port}")
        log.at(max(0.0, log.until - log.start - 1500))
        while not log.over():
            log.logrus("info", "handled request", 95 + log.rng.random() * 40, method="GET", status=200, duration=f"{3 + log.rng.random() * 9:.1f}ms")

    return [work.pod(node).live({"app": Run(ready_after=3, log=log)}) for node in places]


def nginx_front(c, namespace, name, places, created, config=None, changed=None):
    """An nginx that is well, with access lines."""
    spec = container("nginx", "nginx:1.27.3-alpine", port=80, port_name="http", cpu="20m", memory="32Mi", memory_limit="128Mi",
                     readiness=probe(http="/healthz", port="http", period=15))  # fmt: skip
    work = c.deployment(namespace, name, created, [spec], replicas=len(places), changed=changed)

    def log(log):
        log.raw("/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration")
        log.raw("/docker-entrypoint.sh: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh")
        log.raw("10-listen-on-ipv6-by-default.sh: info: can not modify /etc/nginx/conf.d/default.conf (read-only file system?)", 0.02)
        log.raw("/docker-entrypoint.sh: Configuration complete; ready for start up", 0.05)
        log.nginx("notice", 'using the "epoll" event method')
        log.nginx("notice", "nginx/1.27.3")
        log.nginx("notice", "start worker processes")
        log.at(max(0.0, log.until - log.start - 300))
        while not log.over():
            log.access("10.244.0.1", "GET /healthz HTTP/1.1", 200, 3, f"kube-probe/1.{c.minor}", 15)
            if log.rng.random() < 0.4:
                log.access("10.244.1.17", "GET /assets/app.8c1f.js HTTP/1.1", 304, 0, "Mozilla/5.0 (X11; Linux x86_64)", 0.7)

    return [work.pod(node).live({"nginx": Run(ready_after=2, log=log)}) for node in places]


def redis(c, namespace, node, created):
    """A Redis that is well, with its usual warnings."""
    spec = container("redis", "redis:7.4.2-alpine", port=6379, port_name="redis", cpu="50m", memory="64Mi", memory_limit="256Mi",
                     liveness=probe(command=["redis-cli", "ping"], delay=10, timeout=3), mounts=[mount("data", "/data")])  # fmt: skip
    work = c.deployment(namespace, "redis", created, [spec], volumes=[volume_claim("data", "redis-data")])
    c.claim(namespace, "redis-data", created, "2Gi")
    c.service(namespace, "redis", created, 6379)

    def log(log):
        log.raw("1:C " + "* oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo", 0.1)
        log.raw("1:C # WARNING Memory overcommit must be enabled! Without it, a background save or replication may fail under low memory condition.")
        log.raw("1:M * Running mode=standalone, port=6379.")
        log.raw("1:M * Ready to accept connections tcp")

    return work.pod(node).live({"redis": Run(log=log)}, usage={"redis": ("4m", "11Mi")})


def root_ca(c, namespace, created):
    c.config_map(namespace, "kube-root-ca.crt", created, {"ca.crt": "..."})


