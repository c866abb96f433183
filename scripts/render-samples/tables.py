"""The tables that an API server prints: columns and cells of `kubectl get`, as `pkg/printers/internalversion` makes them."""

import clock

NONE = "<none>"


def _since(epoch_text, now):
    return clock.human(now - clock.parse(epoch_text)) if epoch_text else "<unknown>"


def _age(obj, now):
    return _since(obj["metadata"].get("creationTimestamp"), now)


def _pod_status(pod):
    """STATUS, ready containers, restarts, time of the last restart."""
    spec, status = pod["spec"], pod["status"]
    reason = status.get("reason") or status["phase"]
    restarts, ready, last, initializing = 0, 0, "", False
    for index, container in enumerate(status.get("initContainerStatuses", [])):
        restarts += container["restartCount"]
        last = max(last, container.get("lastState", {}).get("terminated", {}).get("finishedAt") or "")
        terminated, waiting = container["state"].get("terminated"), container["state"].get("waiting", {})
        if terminated and terminated["exitCode"] == 0:
            continue
        initializing = True
        if terminated:
            reason = "Init:" + (terminated.get("reason") or f"ExitCode:{terminated['exitCode']}")
        elif waiting.get("reason") and waiting["reason"] != "PodInitializing":
            reason = "Init:" + waiting["reason"]
        else:
            reason = f"Init:{index}/{len(spec['initContainers'])}"
        break
    if not initializing:
        restarts, last, running = 0, "", False
        for container in reversed(status.get("containerStatuses", [])):
            restarts += container["restartCount"]
            last = max(last, container.get("lastState", {}).get("terminated", {}).get("finishedAt") or "")
            state = container["state"]
            if state.get("waiting", {}).get("reason"):
                reason = state["waiting"]["reason"]
            elif "terminated" in state:
                reason = state["terminated"].get("reason") or f"ExitCode:{state['terminated']['exitCode']}"
            elif container["ready"] and "running" in state:
                running = True
                ready += 1
        if reason == "Completed" and running:
            conditions = {c["type"]: c["status"] for c in status.get("conditions", [])}
            reason = "Running" if conditions.get("Ready") == "True" else "NotReady"
    if pod["metadata"].get("deletionTimestamp"):
        reason = "Terminating"
    return reason, ready, restarts, last


def pods(pod, now):
    reason, ready, restarts, last = _pod_status(pod)
    restart_cell = f"{restarts} ({_since(last, now)} ago)" if restarts and last else str(restarts)
    return [
        pod["metadata"]["name"],
        f"{ready}/{len(pod['spec']['containers'])}",
        reason,
        restart_cell,
        _age(pod, now),
        pod["status"].get("podIP") or NONE,
        pod["spec"].get("nodeName") or NONE,
        NONE,
        NONE,
    ]


def nodes(node, now):
    conditions = {c["type"]: c["status"] for c in node["status"]["conditions"]}
    state = {"True": "Ready", "False": "NotReady"}.get(conditions.get("Ready"), "NotReady")
    if node["spec"].get("unschedulable"):
        state += ",SchedulingDisabled"
    prefix = "node-role.kubernetes.io/"
    roles = sorted(label[len(prefix):] for label in node["metadata"]["labels"] if label.startswith(prefix))
    addresses = {a["type"]: a["address"] for a in node["status"]["addresses"]}
    info = node["status"]["nodeInfo"]
    return [
        node["metadata"]["name"],
        state,
        ",".join(roles) or NONE,
        _age(node, now),
        info["kubeletVersion"],
        addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE),
        info["osImage"],
        info["kernelVersion"],
        info["containerRuntimeVersion"],
    ]


def events(event, now):
    first = event.get("firstTimestamp") or event.get("eventTime")
    series = event.get("series") or {}
    last = event.get("lastTimestamp") or series.get("lastObservedTime") or first
    involved = event["involvedObject"]
    component = event.get("source", {}).get("component") or event.get("reportingComponent", "")
    host = event.get("source", {}).get("host") or event.get("reportingInstance", "")
    return [
        _since(last, now),
        event["type"],
        event["reason"],
        f"{involved['kind'].lower()}/{involved['name']}",
        involved.get("fieldPath", ""),
        f"{component}, {host}" if host else component,
        event["message"].strip(),
        _since(first, now),
        str(event.get("count") or series.get("count") or 1),
        event["metadata"]["name"],
    ]


def _containers(template):
    containers = template["spec"]["containers"]
    return ",".join(c["name"] for c in containers), ",".join(c["image"] for c in containers)


def _selector(obj):
    labels = obj["spec"].get("selector", {}).get("matchLabels", {})
    return ",".join(f"{k}={v}" for k, v in sorted(labels.items())) or NONE


def deployments(item, now):
    spec, status = item["spec"], item["status"]
    return [
        item["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{spec['replicas']}",
        str(status.get("updatedReplicas", 0)),
        str(status.get("availableReplicas", 0)),
        _age(item, now),
        *_containers(spec["template"]),
        _selector(item),
    ]


def replicasets(item, now):
    spec, status = item["spec"], item["status"]
    return [
        item["metadata"]["name"],
        str(spec["replicas"]),
        str(status["replicas"]),
        str(status.get("readyReplicas", 0)),
        _age(item, now),
        *_containers(spec["template"]),
        _selector(item),
    ]


def statefulsets(item, now):
    ready = f"{item['status'].get('readyReplicas', 0)}/{item['spec']['replicas']}"
    return [item["metadata"]["name"], ready, _age(item, now), *_containers(item["spec"]["template"])]


def daemonsets(item, now):
    status = item["status"]
    keys = ["desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable"]
    cells = [str(status.get(key, 0)) for key in keys]
    return [item["metadata"]["name"], *cells, NONE, _age(item, now), *_containers(item["spec"]["template"]), _selector(item)]


def jobs(item, now):
    status, spec = item["status"], item["spec"]
    states = {c["type"]: c["status"] for c in status.get("conditions", [])}
    state = "Complete" if states.get("Complete") == "True" else "Failed" if states.get("Failed") == "True" else "Running"
    end = clock.parse(status["completionTime"]) if status.get("completionTime") else now
    duration = clock.human(end - clock.parse(status["startTime"]))
    completions = f"{status.get('succeeded', 0)}/{spec['completions']}"
    return [item["metadata"]["name"], state, completions, duration, _age(item, now), *_containers(spec["template"]), _selector(item)]


def cronjobs(item, now):
    last = item["status"].get("lastScheduleTime")
    return [
        item["metadata"]["name"],
        item["spec"]["schedule"],
        item["spec"].get("timeZone", NONE),
        str(item["spec"].get("suspend", False)),
        str(len(item["status"].get("active", []))),
        _since(last, now) if last else NONE,
        _age(item, now),
        *_containers(item["spec"]["jobTemplate"]["spec"]["template"]),
        NONE,
    ]


def services(item, now):
    spec = item["spec"]
    ports = ",".join(f"{p['port']}/{p['protocol']}" for p in spec["ports"])
    selector = ",".join(f"{k}={v}" for k, v in sorted(spec.get("selector", {}).items())) or NONE
    return [item["metadata"]["name"], spec["type"], spec["clusterIP"], NONE, ports, _age(item, now), selector]


def endpoints(item, now):
    pairs = [
        f"{address['ip']}:{port['port']}"
        for subset in item.get("subsets", [])
        for port in subset["ports"]
        for address in subset.get("addresses", [])
    ]
    cell = ",".join(pairs[:3]) or NONE
    if len(pairs) > 3:
        cell += f" + {len(pairs) - 3} more..."
    return [item["metadata"]["name"], cell, _age(item, now)]


def configmaps(item, now):
    return [item["metadata"]["name"], str(len(item.get("data", {}))), _age(item, now)]


def secrets(item, now):
    return [item["metadata"]["name"], item["type"], str(len(item.get("data", {}))), _age(item, now)]


def persistentvolumeclaims(item, now):
    spec, status = item["spec"], item["status"]
    modes = {"ReadWriteOnce": "RWO", "ReadWriteMany": "RWX", "ReadOnlyMany": "ROX"}
    bound = status["phase"] == "Bound"
    return [
        item["metadata"]["name"],
        status["phase"],
        spec.get("volumeName", ""),
        status["capacity"]["storage"] if bound else "",
        ",".join(modes[m] for m in status.get("accessModes", [])) if bound else "",
        spec.get("storageClassName", ""),
        "<unset>",
        _age(item, now),
        spec.get("volumeMode", "Filesystem"),
    ]


# Column heads; `*` marks a column of `-o wide` only, `@29` one that servers before 1.29 do not have.
COLUMNS = {
    "pods": (pods, "Name|Ready|Status|Restarts|Age|*IP|*Node|*Nominated Node|*Readiness Gates"),
    "nodes": (
        nodes,
        "Name|Status|Roles|Age|Version|*Internal-IP|*External-IP|*OS-Image|*Kernel-Version|*Container-Runtime",
    ),
    "events": (events, "Last Seen|Type|Reason|Object|*Subobject|*Source|Message|*First Seen|*Count|*Name"),
    "deployments": (deployments, "Name|Ready|Up-to-date|Available|Age|*Containers|*Images|*Selector"),
    "replicasets": (replicasets, "Name|Desired|Current|Ready|Age|*Containers|*Images|*Selector"),
    "statefulsets": (statefulsets, "Name|Ready|Age|*Containers|*Images"),
    "daemonsets": (
        daemonsets,
        "Name|Desired|Current|Ready|Up-to-date|Available|Node Selector|Age|*Containers|*Images|*Selector",
    ),
    "jobs": (jobs, "Name|Status@31|Completions|Duration|Age|*Containers|*Images|*Selector"),
    "cronjobs": (cronjobs, "Name|Schedule|Timezone@29|Suspend|Active|Last Schedule|Age|*Containers|*Images|*Selector"),
    "services": (services, "Name|Type|Cluster-IP|External-IP|Port(s)|Age|*Selector"),
    "endpoints": (endpoints, "Name|Endpoints|Age"),
    "configmaps": (configmaps, "Name|Data|Age"),
    "secrets": (secrets, "Name|Type|Data|Age"),
    "persistentvolumeclaims": (
        persistentvolumeclaims,
        "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass@29|Age|*VolumeMode",
    ),
}


def table(resource, items, now, minor):
    """A `meta.k8s.io/v1` Table of `items` as seen at `now`, from a server 1.`minor`."""
    cells, marked = COLUMNS[resource]
    split = [head.partition("@") for head in marked.split("|")]
    kept = [index for index, (_, _, since) in enumerate(split) if not since or int(since) <= minor]
    heads = [split[index][0] for index in kept]
    columns = [
        {"name": head.lstrip("*"), "type": "string", "format": "", "description": "", "priority": int(head.startswith("*"))}
        for head in heads
    ]
    rows = [
        {
            "cells": [row[index] for index in kept],
            "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": item["metadata"]},
        }
        for item, row in ((item, cells(item, now)) for item in items)
    ]
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": ""}, "columnDefinitions": columns, "rows": rows}
