"""Security: the pod may not do what its program wants to do."""

from cluster import Cluster
from kubelet import Run
from objects import container, env, mount, probe, volume_config, volume_empty

from .common import go_service, nodes, root_ca
from .registry import scenario


@scenario("privileged-port-as-non-root")
def privileged_port(name):
    """Express listens on 80, the pod runs as user 1000 without NET_BIND_SERVICE."""
    c = Cluster(name, "2026-06-02T14:40:10Z", "v1.32.5", "1.32", ["portal"], timestamps=False)
    a, b = nodes(c, "eks", {"ip-10-3-14-20.eu-west-3.compute.internal": "10.3.14.20", "ip-10-3-15-92.eu-west-3.compute.internal": "10.3.15.92"}, "9d")
    root_ca(c, "portal", "9d")
    c.service("portal", "portal-web", "9d", 80)
    spec = container("web", "registry.acme.io/portal/web:5.1.0", port=80, port_name="http", env=[env("NODE_ENV", "production"), env("PORT", "80")],
                     cpu="100m", memory="128Mi", memory_limit="256Mi", readiness=probe(http="/", port="http"),
                     security={"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True, "runAsUser": 1000})  # fmt: skip
    work = c.deployment("portal", "portal-web", "9d", [spec], replicas=2, revision=4, changed="44m",
                        security={"fsGroup": 1000, "seccompProfile": {"type": "RuntimeDefault"}})  # fmt: skip

    def run(log):
        log.raw("\n> portal-web@5.1.0 start\n> node server.js\n", 0.6)
        log.raw("(node:18) [DEP0040] DeprecationWarning: The `punycode` module is deprecated. Please use a userland alternative instead.", 0.3)
        log.raw("(Use `node --trace-deprecation ...` to show where the warning was created)")
        log.raw("sessions: using in-memory store", 0.1)
        log.raw("node:events:497\n      throw er; // Unhandled 'error' event\n      ^\n", 0.2)
        log.raw("Error: listen EACCES: permission denied 0.0.0.0:80")
        log.raw("    at Server.setupListenHandle [as _listen2] (node:net:1881:21)\n    at listenInCluster (node:net:1946:12)")
        log.raw("    at Function.listen (/app/node_modules/express/lib/application.js:635:24)\n    at Object.<anonymous> (/app/server.js:41:5)")
        log.raw("Emitted 'error' event on Server instance at:\n    at emitErrorNT (node:net:1925:8) {\n  code: 'EACCES',\n  errno: -13,\n  syscall: 'listen',")
        log.raw("  address: '0.0.0.0',\n  port: 80\n}\n\nNode.js v22.15.0")

    for node, created in ((a, "43m17s"), (b, "43m16s")):
        work.pod(node, created).live({"web": Run(after=1.4, code=1, ready_after=None, log=run)}, pull={"web": (3.8, 61865984)})
    go_service(c, "portal", "session-api", [a, b], "9d")
    return c


@scenario("read-only-root-filesystem")
def read_only(name):
    """nginx wants to write below /tmp; a new policy made the root file system read-only, and only /var/run is an emptyDir."""
    c = Cluster(name, "2025-07-29T05:58:37Z", "v1.31.2", "1.31", ["docs"])
    a, b = nodes(c, "kubeadm", {"docs-1": "10.66.1.2", "docs-2": "10.66.1.3"}, "88d")
    root_ca(c, "docs", "88d")
    c.config_map("docs", "docs-nginx", "88d", {"default.conf": "..."})
    c.service("docs", "handbook", "88d", 8080)
    spec = container("nginx", "nginxinc/nginx-unprivileged:1.27.4-alpine", port=8080, cpu="20m", memory="32Mi",
                     security={"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "runAsNonRoot": True, "runAsUser": 101},
                     mounts=[mount("conf", "/etc/nginx/conf.d", read_only=True), mount("run", "/var/run")],
                     readiness=probe(http="/", port=8080))  # fmt: skip
    work = c.deployment("docs", "handbook", "88d", [spec], volumes=[volume_config("conf", "docs-nginx"), volume_empty("run")], revision=5, changed="27m")

    def run(log):
        log.raw("/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration", 0.03)
        log.raw("/docker-entrypoint.sh: Looking for shell scripts in /docker-entrypoint.d/")
        log.raw("/docker-entrypoint.sh: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh")
        log.raw("10-listen-on-ipv6-by-default.sh: info: can not modify /etc/nginx/conf.d/default.conf (read-only file system?)", 0.01)
        log.raw("/docker-entrypoint.sh: Configuration complete; ready for start up", 0.05)
        log.nginx("emerg", 'mkdir() "/tmp/proxy_temp" failed (30: Read-only file system)', 0.05)
        log.raw('nginx: [emerg] mkdir() "/tmp/proxy_temp" failed (30: Read-only file system)')

    work.pod(b, "26m5s").live({"nginx": Run(after=0.2, code=1, ready_after=None, log=run)}, pull={"nginx": (1.6, 20971520)})
    go_service(c, "docs", "search", [a], "88d", uptime="20d")
    return c
