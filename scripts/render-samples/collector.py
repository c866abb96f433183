"""Runs the real kubectl against a served cluster, as the collector does, and writes the bundle."""

import hashlib
import math
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import time

import clock
from apiserver import Server

KEYS_TEMPLATE = (
    r'{{printf "%-36s %-64s %s\n" "NAME" "KEYS" "CREATED"}}{{range .items}}{{$keys := ""}}'
    r'{{range $key, $value := .data}}{{if $keys}}{{$keys = printf "%s,%s" $keys $key}}{{else}}{{$keys = $key}}{{end}}{{end}}'
    r'{{printf "%-36s %-64s %s\n" .metadata.name $keys .metadata.creationTimestamp}}{{end}}'
)


def find_kubectl(minor, folders):
    """The real kubectl of `minor` (`1.30`): `kubectl.1.30` in one of `folders`, beside `kubectl` on PATH, or on PATH."""
    name = f"kubectl.{minor}"
    on_path = shutil.which("kubectl")
    beside = [pathlib.Path(os.path.realpath(on_path)).parent] if on_path else []
    for folder in [*map(pathlib.Path, folders), *beside]:
        if (folder / name).is_file():
            return str(folder / name)
    found = shutil.which(name)
    if found:
        return found
    raise SystemExit(f"no {name}: put real kubectls, so named, into a folder and pass it as --kubectl-dir")


class Kubectl:
    """One kubectl binary against one served cluster."""

    def __init__(self, server, binary):
        self.server, self.binary = server, binary
        self.home = tempfile.mkdtemp(prefix="render-samples-")
        config = pathlib.Path(self.home, "config")
        config.write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
            f"clusters: [{{name: c, cluster: {{server: '{server.url}'}}}}]\n"
            "contexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n"
        )
        self.environment = {"HOME": self.home, "KUBECONFIG": str(config), "PATH": "/usr/bin:/bin", "TZ": "UTC"}

    def close(self):
        shutil.rmtree(self.home)

    def run(self, arguments, now):
        """(exit status, stdout, stderr) of `kubectl arguments` at the cluster's time `now`."""
        self.server.now, describing = now, arguments[0] == "describe"
        for _ in range(20):
            begin = time.time()
            whole = math.floor(now)
            self.server.delta = begin - whole if describing else 0.0
            done = subprocess.run([self.binary, *arguments], env=self.environment, capture_output=True, check=False, timeout=60)
            # kubectl computed the ages with its own clock: they are right only if it was quick.
            if not describing or time.time() - begin < 0.9:
                break
        else:
            raise SystemExit("this machine is too slow for ages to the second")
        output, error = done.stdout.decode(), done.stderr.decode()
        if describing:
            moved = math.floor(self.server.delta)
            output = clock.RFC1123.sub(lambda found: self._unmoved(found.group(0), moved), output)
        return done.returncode, output, error

    @staticmethod
    def _unmoved(text, moved):
        epoch = clock.parse_rfc1123(text)
        return text if epoch < 86400 * 365 else clock.rfc1123(epoch - moved)


class Collection:
    """The commands of one collection, in order; time passes with each."""

    def __init__(self, cluster, binary, target):
        self.cluster, self.target = cluster, pathlib.Path(target)
        self.server = Server(cluster)
        self.kubectl = Kubectl(self.server, binary)
        self.time, self.rows = cluster.now, []

    def close(self):
        self.kubectl.close()
        self.server.close()

    def capture(self, *arguments):
        """Runs one command at the current time; time passes. Returns (exit status, stdout, stderr, seconds)."""
        took = 0.06 + self.cluster.rng.random() * 0.12
        code, output, error = self.kubectl.run(list(arguments), self.time)
        before = math.floor(self.time)
        self.time += took
        return code, output, error, math.floor(self.time) - before

    def save(self, path, *arguments):
        code, output, error, seconds = self.capture(*arguments)
        self.write(path, output)
        if error:
            self.write(path + ".stderr", error)
        self.rows.append((path, code, seconds, len(output.encode()), shlex.join(["kubectl", *arguments])))
        return code

    def write(self, path, text):
        target = self.target / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())

    def collect(self):
        cluster = self.cluster
        self._header()
        self.save("cluster/version.json", "version", "-o", "json")
        self.save("cluster/nodes.json", "get", "nodes", "-o", "json")
        self.save("cluster/nodes.txt", "get", "nodes", "-o", "wide")
        if not cluster.forbids("get", "nodes", ""):
            for node in sorted(cluster.nodes):
                self.save(f"cluster/describe/node-{node}.txt", "describe", "node", node)
        self.save("cluster/top-nodes.txt", "top", "nodes")
        self.save("cluster/pvs.json", "get", "persistentvolumes", "-o", "json")
        self.save("cluster/storageclasses.json", "get", "storageclasses", "-o", "json")
        for namespace in cluster.namespaces:
            self._namespace(namespace)
        rows = [("path", "exitStatus", "seconds", "bytes", "command"), *self.rows]
        self.write("commands.tsv", "".join("\t".join(map(str, row)) + "\n" for row in rows))
        self._sums()

    def _namespace(self, namespace):
        cluster, base, scope = self.cluster, f"namespaces/{namespace}", ("-n", namespace)
        self.save(f"{base}/pods.json", "get", "pods", *scope, "-o", "json")
        self.save(f"{base}/pods.txt", "get", "pods", *scope, "-o", "wide")
        self.save(f"{base}/events.json", "get", "events", *scope, "-o", "json")
        self.save(f"{base}/events.txt", "get", "events", *scope)
        for kind in ("deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "services", "endpoints"):
            self.save(f"{base}/{kind}.json", "get", kind, *scope, "-o", "json")
        self.save(f"{base}/pvcs.json", "get", "persistentvolumeclaims", *scope, "-o", "json")
        self.save(f"{base}/configmaps.txt", "get", "configmaps", *scope, "-o", "go-template=" + KEYS_TEMPLATE)
        self.save(f"{base}/secrets.txt", "get", "secrets", *scope)
        self.save(f"{base}/top-pods.txt", "top", "pods", *scope, "--containers")
        if cluster.forbids("get", "pods", ""):
            return
        stamps = ["--timestamps"] if cluster.timestamps else []
        for pod in cluster.objects("", "pods", namespace):
            name = pod["metadata"]["name"]
            self.save(f"{base}/describe/pod-{name}.txt", "describe", "pod", *scope, name)
            statuses = pod["status"].get("initContainerStatuses", []) + pod["status"].get("containerStatuses", [])
            restarted = {item["name"] for item in statuses if item["restartCount"]}
            for container in pod["spec"].get("initContainers", []) + pod["spec"]["containers"]:
                log = f"{base}/logs/{name}/{container['name']}"
                self.save(f"{log}.log", "logs", *scope, name, "-c", container["name"], *stamps)
                if container["name"] in restarted:
                    self.save(f"{log}.previous.log", "logs", *scope, name, "-c", container["name"], "--previous", *stamps)

    def _header(self):
        cluster = self.cluster
        code, output, _, _ = self.capture("version", "--client", "-o", "yaml")
        client = next(line.split(":", 1)[1].strip() for line in output.splitlines() if "gitVersion" in line) if code == 0 else "unknown"
        flags = [item for namespace in cluster.namespaces for item in ("--namespace", namespace)]
        flags += ["--timestamps"] if cluster.timestamps else []
        lines = [
            "layoutVersion: 1",
            f'collectedAt: "{clock.rfc3339(cluster.now)}"',
            f"kubectlVersion: {client}",
            f"serverVersion: {cluster.server}",
            "scope:",
            "  cluster: true",
            f"  namespaces: [{', '.join(cluster.namespaces)}]",
            f"flags: [{', '.join(flags)}]",
        ]
        self.write("kubemortem.yaml", "\n".join(lines) + "\n")

    def _sums(self):
        paths = sorted(path for path in self.target.rglob("*") if path.is_file())
        sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(self.target).as_posix()}\n" for path in paths]
        self.write("SHA256SUMS", "".join(sums))
