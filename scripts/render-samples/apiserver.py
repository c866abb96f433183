"""A loopback API server over one cluster's objects: as much of the Kubernetes API as kubectl asks for to get, describe,
top and read logs. Read only; knows nothing of scenarios."""

import http.server
import json
import threading
import urllib.parse

import clock
import tables

RESOURCES = {
    ("", "v1"): [
        ("pods", "Pod", True, ["po"]),
        ("events", "Event", True, ["ev"]),
        ("services", "Service", True, ["svc"]),
        ("endpoints", "Endpoints", True, ["ep"]),
        ("configmaps", "ConfigMap", True, ["cm"]),
        ("secrets", "Secret", True, []),
        ("persistentvolumeclaims", "PersistentVolumeClaim", True, ["pvc"]),
        ("persistentvolumes", "PersistentVolume", False, ["pv"]),
        ("nodes", "Node", False, ["no"]),
        ("namespaces", "Namespace", False, ["ns"]),
    ],
    ("apps", "v1"): [
        ("deployments", "Deployment", True, ["deploy"]),
        ("replicasets", "ReplicaSet", True, ["rs"]),
        ("statefulsets", "StatefulSet", True, ["sts"]),
        ("daemonsets", "DaemonSet", True, ["ds"]),
    ],
    ("batch", "v1"): [("jobs", "Job", True, []), ("cronjobs", "CronJob", True, ["cj"])],
    ("storage.k8s.io", "v1"): [("storageclasses", "StorageClass", False, ["sc"])],
    ("coordination.k8s.io", "v1"): [("leases", "Lease", True, [])],
    ("metrics.k8s.io", "v1beta1"): [("pods", "PodMetrics", True, []), ("nodes", "NodeMetrics", False, [])],
}

# The fields of the API that hold a time.
TIME_FIELDS = {
    "acquireTime", "completionTime", "creationTimestamp", "deletionTimestamp", "eventTime", "finishedAt", "firstTimestamp",
    "lastHeartbeatTime", "lastObservedTime", "lastPhaseTransitionTime", "lastProbeTime", "lastScheduleTime", "lastSuccessfulTime", "lastTimestamp", "lastTransitionTime",
    "lastUpdateTime", "renewTime", "startTime", "startedAt",
}  # fmt: skip


def shifted(value, delta):
    """The same object with every time moved by `delta` seconds. Walks with a stack; objects are small."""
    if isinstance(value, list):
        return [shifted(item, delta) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: clock.rfc3339_micro(clock.parse(item) + delta)
        if key in TIME_FIELDS and isinstance(item, str) and not item.startswith("1970")
        else shifted(item, delta)
        for key, item in value.items()
    }


def _field(obj, path):
    for part in path.split("."):
        obj = obj.get(part, "") if isinstance(obj, dict) else ""
    return str(obj)


def _matches(obj, selector):
    for term in filter(None, selector.split(",")):
        if "!=" in term:
            path, wanted = term.split("!=")
            if _field(obj, path) == wanted:
                return False
        else:
            path, wanted = term.split("=", 1)
            if _field(obj, path) != wanted:
                return False
    return True


def _status(code, reason, message, details=None):
    return {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "details": details or {}, "code": code,
    }  # fmt: skip


class Server:
    """Serves `cluster` on a free loopback port.

    `now` is the cluster's clock; `delta`, when not zero, moves every served time, so that a kubectl that reads the real
    clock prints the ages of the scenario."""

    def __init__(self, cluster):
        self.cluster, self.now, self.delta = cluster, cluster.now, 0.0
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                accept = self.headers.get("Accept", "")
                if "as=Table" not in accept and self.path.split("?")[0].split("/")[-1] in owner.cluster.broken:
                    self.close_connection = True
                    return
                code, body, kind = owner.answer(self.path, accept)
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def answer(self, path, accept):
        url = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(url.query))
        parts = [urllib.parse.unquote(part) for part in url.path.strip("/").split("/")]
        json_kind = "application/json"
        if parts == ["version"]:
            return 200, self.cluster.version, json_kind
        if parts == ["api"]:
            return 200, {"kind": "APIVersions", "versions": ["v1"]}, json_kind
        if parts == ["apis"]:
            return 200, self._groups(), json_kind
        if parts[0] == "api":
            group, version, rest = "", "v1", parts[2:]
        elif parts[0] == "apis" and len(parts) > 2:
            group, version, rest = parts[1], parts[2], parts[3:]
        else:
            return 404, _status(404, "NotFound", "the server could not find the requested resource"), json_kind
        if not self._served(group, version):
            return 404, _status(404, "NotFound", "the server could not find the requested resource"), json_kind
        if not rest:
            return 200, self._resource_list(group, version), json_kind
        code, body = self._resource(group, version, rest, query, accept)
        return code, body, "text/plain" if isinstance(body, bytes) else json_kind

    def _served(self, group, version):
        return (group, version) in RESOURCES and (group != "metrics.k8s.io" or self.cluster.metrics)

    def _groups(self):
        groups = []
        for group, version in RESOURCES:
            if group and self._served(group, version):
                entry = {"groupVersion": f"{group}/{version}", "version": version}
                groups.append({"name": group, "versions": [entry], "preferredVersion": entry})
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}

    def _resource_list(self, group, version):
        resources = [
            {"name": name, "singularName": kind.lower(), "namespaced": namespaced, "kind": kind, "verbs": ["get", "list"], "shortNames": short}
            for name, kind, namespaced, short in RESOURCES[(group, version)]
        ]
        return {
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": f"{group}/{version}" if group else version, "resources": resources,
        }  # fmt: skip

    def _resource(self, group, version, rest, query, accept):
        namespace = None
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        resource, name = rest[0], rest[1] if len(rest) > 1 else None
        kinds = {entry[0]: entry[1] for entry in RESOURCES[(group, version)]}
        if resource not in kinds:
            return 404, _status(404, "NotFound", "the server could not find the requested resource")
        verb = "get" if name else "list"
        denied = resource if len(rest) < 3 else f"{resource}/{rest[2]}"
        if self.cluster.forbids(verb, denied, group):
            where = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
            full = f"{resource}.{group}" if group else resource
            what = f'{full} "{name}" is forbidden' if name else f"{full} is forbidden"
            message = f'{what}: User "{self.cluster.user}" cannot {verb} resource "{denied}" in API group "{group}"{where}'
            return 403, _status(403, "Forbidden", message, {"name": name or "", "kind": resource, "group": group})
        if len(rest) == 3 and rest[2] == "log":
            return self.cluster.log(namespace, name, query.get("container"), query.get("previous") == "true", query.get("timestamps") == "true")
        items = self.cluster.objects(group, resource, namespace)
        if name:
            found = [item for item in items if item["metadata"]["name"] == name]
            if not found:
                label = f"{resource}.{group}" if group else resource
                return 404, _status(404, "NotFound", f'{label} "{name}" not found', {"name": name, "kind": resource, "group": group})
            return 200, shifted(found[0], self.delta) if self.delta else found[0]
        items = [item for item in items if _matches(item, query.get("fieldSelector", ""))]
        if "as=Table" in accept and resource in tables.COLUMNS:
            return 200, tables.table(resource, items, self.now, self.cluster.minor)
        if self.delta:
            items = [shifted(item, self.delta) for item in items]
        api_version = f"{group}/{version}" if group else version
        return 200, {"kind": kinds[resource] + "List", "apiVersion": api_version, "metadata": {"resourceVersion": self.cluster.resource_version}, "items": items}
