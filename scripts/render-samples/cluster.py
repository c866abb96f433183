"""One cluster at one moment: its objects, built the way the controllers and kubelets would have left them."""

import copy
import hashlib
import random

import clock
import objects
from kubelet import Blocked, Container, Events, Run

SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
OWNER_APIS = {"ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1", "Node": "v1"}
DEFAULT_TOLERATIONS = [
    {"effect": "NoExecute", "key": f"node.kubernetes.io/{key}", "operator": "Exists", "tolerationSeconds": 300}
    for key in ("not-ready", "unreachable")
]


class Cluster:
    """`collected`: the bundle's collectedAt; `server`: the API server's version; `kubectl`: the client's minor version."""

    def __init__(self, name, collected, server, kubectl, namespaces, metrics=True, timestamps=True, user="support-readonly"):
        self.name, self.now, self.server = name, clock.parse(collected), server
        self.minor, self.kubectl = int(server.split(".")[1]), kubectl
        self.namespaces, self.metrics, self.timestamps, self.user = namespaces, metrics, timestamps, user
        self.rng = random.Random(name)
        self.store, self.pods, self.nodes, self.denied = {}, [], {}, set()
        # Resources whose lists break off before a byte is sent; their tables still come.
        self.broken = set()
        self._base = 40_000_000 + self.rng.randrange(90_000_000)

    # Identifiers.

    def uid(self):
        digits = f"{self.rng.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[self.rng.randrange(4)]}{digits[17:20]}-{digits[20:]}"

    def container_id(self):
        return f"containerd://{self.rng.getrandbits(256):064x}"

    def image_digest(self, image):
        return "sha256:" + hashlib.sha256(image.encode()).hexdigest()

    def suffix(self, length=5):
        return "".join(self.rng.choice(SUFFIX) for _ in range(length))

    def address(self, block):
        return f"{block}.{2 + self.rng.randrange(250)}"

    @property
    def resource_version(self):
        return self.version_at(self.now)

    def version_at(self, time):
        return str(self._base - int((self.now - time) * 0.7))

    @property
    def version(self):
        return {
            "major": "1", "minor": str(self.minor), "gitVersion": self.server,
            "gitCommit": hashlib.sha1(self.server.encode()).hexdigest(), "gitTreeState": "clean",
            "buildDate": "2025-01-15T14:31:55Z", "goVersion": "go1.22.10", "compiler": "gc", "platform": "linux/amd64",
        }  # fmt: skip

    def ago(self, text):
        return self.now - clock.span(text)

    # The store.

    def add(self, group, resource, obj):
        self.store.setdefault((group, resource), []).append(obj)
        return obj

    def objects(self, group, resource, namespace=None):
        items = self.store.get((group, resource), [])
        if namespace is not None:
            items = [item for item in items if item["metadata"].get("namespace") == namespace]
        return sorted(items, key=lambda item: (item["metadata"].get("namespace", ""), item["metadata"]["name"]))

    def meta(self, name, created, namespace=None, labels=None, annotations=None, owner=None, changed=None):
        meta = {
            "name": name, "uid": self.uid(), "creationTimestamp": clock.rfc3339(created),
            "resourceVersion": self.version_at(changed or created),
        }  # fmt: skip
        if namespace:
            meta["namespace"] = namespace
        if labels:
            meta["labels"] = dict(labels)
        if annotations:
            meta["annotations"] = dict(annotations)
        if owner:
            meta["ownerReferences"] = [owner]
        return meta

    def forbid(self, *verb_resources):
        self.denied.update(verb_resources)

    def forbids(self, verb, resource, _group):
        return (verb, resource) in self.denied or ("*", resource) in self.denied

    # Events of controllers and the scheduler.

    def event(self, involved, kind, reason, message, component, first, last=None, count=1, host=None, field=None, api="v1"):
        """A core/v1 event about `involved` = (kind, namespace, name, uid)."""
        last = first if last is None else last
        if self.now - last >= 3600 or first > self.now:
            return
        owner_kind, namespace, name, uid = involved
        source = {"component": component}
        if host:
            source["host"] = host
        target = {"apiVersion": api, "kind": owner_kind, "name": name, "uid": uid, "resourceVersion": self.version_at(first)}
        if namespace:
            target["namespace"] = namespace
        if field:
            target["fieldPath"] = field
        self.add("", "events", {
            "apiVersion": "v1", "kind": "Event",
            "metadata": self.meta(f"{name}.{int(first * 1e9):x}", first, namespace or "default", changed=last),
            "involvedObject": target, "type": kind, "reason": reason, "message": message, "source": source,
            "firstTimestamp": clock.rfc3339(first), "lastTimestamp": clock.rfc3339(last), "eventTime": None, "count": count,
            "reportingComponent": component, "reportingInstance": host or "",
        })  # fmt: skip

    def scheduler_event(self, pod, kind, reason, message, time, action="Binding", last=None, count=1):
        if self.now - (last or time) >= 3600:
            return
        series = {"series": {"count": count, "lastObservedTime": clock.rfc3339_micro(last)}} if count > 1 else {}
        self.add("", "events", {
            "apiVersion": "v1", "kind": "Event", "action": action,
            "metadata": self.meta(f"{pod.name}.{int(time * 1e9):x}", time, pod.namespace),
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": pod.name, "namespace": pod.namespace,
                               "resourceVersion": self.version_at(pod.created), "uid": pod.uid},
            "type": kind, "reason": reason, "message": message, "source": {}, "firstTimestamp": None, "lastTimestamp": None,
            "eventTime": clock.rfc3339_micro(time), "reportingComponent": "default-scheduler",
            "reportingInstance": "default-scheduler-" + self.nodes_first(), **series,
        })  # fmt: skip

    def nodes_first(self):
        return next(iter(self.nodes), "control-plane")

    # Nodes.

    def node(self, name, ip, created, cpu="4", memory="16Gi", arch="amd64", disk="102350Mi", os_image="Ubuntu 22.04.5 LTS",
             kernel="5.15.0-1078-aws", runtime="containerd://1.7.27", roles=(), labels=None, taints=None, conditions=None,
             pressure_since=None, boot=None):  # fmt: skip
        created = self.ago(created)
        labels = {
            "beta.kubernetes.io/arch": arch, "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": arch,
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", **{f"node-role.kubernetes.io/{r}": "" for r in roles},
            **(labels or {}),
        }  # fmt: skip
        overrides = conditions or {}
        healthy = [
            ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ]
        beat = self.now - 20 - self.rng.randrange(200)
        rows = []
        for kind, status, reason, message in healthy:
            since = created + 12
            if kind in overrides:
                status, reason, message, since = overrides[kind]
            rows.append({
                "type": kind, "status": status, "reason": reason, "message": message,
                "lastHeartbeatTime": clock.rfc3339(max(beat, since)), "lastTransitionTime": clock.rfc3339(since),
            })  # fmt: skip
        mebi = objects.mebibytes(memory)
        ephemeral = int(disk[:-2]) * 1024 - 3716
        capacity = {
            "cpu": cpu, "ephemeral-storage": f"{ephemeral}Ki", "hugepages-1Gi": "0", "hugepages-2Mi": "0",
            "memory": f"{mebi * 1024 - 321404}Ki", "pods": "110",
        }  # fmt: skip
        allocatable = {
            **capacity, "cpu": f"{objects.millicores(cpu) - 80}m", "ephemeral-storage": str(int(ephemeral * 1024 * 0.9)),
            "memory": f"{mebi * 1024 - 321404 - 563200}Ki",
        }  # fmt: skip
        node = self.add("", "nodes", {
            "apiVersion": "v1", "kind": "Node",
            "metadata": self.meta(name, created, labels=labels, changed=beat, annotations={
                "node.alpha.kubernetes.io/ttl": "0", "volumes.kubernetes.io/controller-managed-attach-detach": "true"}),
            "spec": {"podCIDR": f"10.244.{len(self.nodes)}.0/24", "podCIDRs": [f"10.244.{len(self.nodes)}.0/24"]},
            "status": {
                "addresses": [{"address": ip, "type": "InternalIP"}, {"address": name, "type": "Hostname"}],
                "allocatable": allocatable, "capacity": capacity, "conditions": rows,
                "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
                "nodeInfo": {
                    "architecture": arch, "bootID": self.uid(), "containerRuntimeVersion": runtime, "kernelVersion": kernel,
                    "kubeProxyVersion": self.server, "kubeletVersion": self.server, "machineID": self.uid().replace("-", ""),
                    "operatingSystem": "linux", "osImage": os_image, "systemUUID": self.uid(),
                },
            },
        })  # fmt: skip
        if taints:
            node["spec"]["taints"] = taints
        self.nodes[name] = node
        self.add("coordination.k8s.io", "leases", {
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": self.meta(name, created, "kube-node-lease", changed=self.now - 4),
            "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": clock.rfc3339_micro(self.now - 4)},
        })  # fmt: skip
        node["usage"] = (self.rng.randrange(180, 900), int(mebi * self.rng.uniform(0.25, 0.6)))
        return name

    def node_event(self, node, kind, reason, message, first, last=None, count=1, component="kubelet"):
        self.event(("Node", None, node, node), kind, reason, message, component, first, last, count, host=node if component == "kubelet" else None)

    def use_node(self, node, cpu, memory):
        """What `kubectl top nodes` shows for `node`."""
        self.nodes[node]["usage"] = (objects.millicores(cpu), objects.mebibytes(memory))

    # Workloads.

    def _template(self, labels, containers, init, volumes, security, extra):
        spec = {"containers": copy.deepcopy(containers), **copy.deepcopy(extra)}
        if init:
            spec["initContainers"] = copy.deepcopy(init)
        if volumes:
            spec["volumes"] = copy.deepcopy(volumes)
        spec.update({
            "dnsPolicy": "ClusterFirst", "restartPolicy": extra.get("restartPolicy", "Always"), "schedulerName": "default-scheduler",
            "securityContext": security or {}, "terminationGracePeriodSeconds": extra.get("terminationGracePeriodSeconds", 30),
        })  # fmt: skip
        return {"metadata": {"labels": labels}, "spec": spec}

    def deployment(self, namespace, name, created, containers, replicas=1, labels=None, init=(), volumes=(), security=None,
                   revision=1, changed=None, cause=None, **extra):  # fmt: skip
        """`created`, `changed`: when the deployment and its newest revision were made, as spans before collection."""
        labels = labels or {"app": name}
        made = self.ago(created)
        rolled = self.ago(changed) if changed else made
        template = self._template(labels, containers, init, volumes, security, extra)
        annotations = {"deployment.kubernetes.io/revision": str(revision)}
        if cause:
            annotations["kubernetes.io/change-cause"] = cause
        deployment = self.add("apps", "deployments", {
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {**self.meta(name, made, namespace, labels, annotations, changed=rolled), "generation": revision},
            "spec": {
                "progressDeadlineSeconds": 600, "replicas": replicas, "revisionHistoryLimit": 10, "selector": {"matchLabels": labels},
                "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"},
                "template": template,
            },
            "status": {},
        })  # fmt: skip
        template_hash = self.suffix(10)
        return Workload(self, "Deployment", deployment, self._replica_set(deployment, template_hash, rolled, replicas), template_hash, rolled)

    def _replica_set(self, deployment, template_hash, made, replicas):
        meta = deployment["metadata"]
        labels = {**meta["labels"], "pod-template-hash": template_hash}
        template = copy.deepcopy(deployment["spec"]["template"])
        template["metadata"]["labels"] = labels
        replica_set = self.add("apps", "replicasets", {
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {**self.meta(f"{meta['name']}-{template_hash}", made, meta["namespace"], labels, {
                "deployment.kubernetes.io/desired-replicas": str(replicas), "deployment.kubernetes.io/max-replicas": str(replicas + max(1, replicas // 4)),
                "deployment.kubernetes.io/revision": meta["annotations"]["deployment.kubernetes.io/revision"],
            }, self.owner("Deployment", deployment)), "generation": 1},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
            "status": {"observedGeneration": 1, "replicas": replicas},
        })  # fmt: skip
        scaled = f"Scaled up replica set {replica_set['metadata']['name']} "
        scaled += f"from 0 to {replicas}" if self.minor >= 29 else f"to {replicas}"
        self.event(self.ref(deployment), "Normal", "ScalingReplicaSet", scaled, "deployment-controller", made + 0.02, api="apps/v1")
        return replica_set

    def stateful_set(self, namespace, name, created, containers, replicas=1, labels=None, init=(), volumes=(), security=None,
                     claims=(), **extra):  # fmt: skip
        labels = labels or {"app": name}
        made = self.ago(created)
        template_hash = f"{name}-{self.suffix(9)}"
        stateful_set = self.add("apps", "statefulsets", {
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": {**self.meta(name, made, namespace, labels), "generation": 1},
            "spec": {
                "podManagementPolicy": "OrderedReady", "replicas": replicas, "revisionHistoryLimit": 10, "selector": {"matchLabels": labels},
                "serviceName": name, "template": self._template(labels, containers, init, volumes, security, extra),
                "updateStrategy": {"rollingUpdate": {"partition": 0}, "type": "RollingUpdate"},
                "volumeClaimTemplates": [
                    {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": claim},
                     "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, "volumeMode": "Filesystem"},
                     "status": {"phase": "Pending"}} for claim, size in claims],
            },
            "status": {"observedGeneration": 1, "currentRevision": template_hash, "updateRevision": template_hash, "collisionCount": 0},
        })  # fmt: skip
        return Workload(self, "StatefulSet", stateful_set, stateful_set, template_hash, made, claims=[claim for claim, _ in claims])

    def daemon_set(self, namespace, name, created, containers, labels=None, volumes=(), **extra):
        """One pod per node, which the scenario places."""
        labels = labels or {"app": name}
        made = self.ago(created)
        daemon_set = self.add("apps", "daemonsets", {
            "apiVersion": "apps/v1", "kind": "DaemonSet",
            "metadata": {**self.meta(name, made, namespace, labels, {"deprecated.daemonset.template.generation": "1"}), "generation": 1},
            "spec": {
                "revisionHistoryLimit": 10, "selector": {"matchLabels": labels},
                "template": self._template(labels, containers, (), volumes, None, extra),
                "updateStrategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}, "type": "RollingUpdate"},
            },
            "status": {"observedGeneration": 1},
        })  # fmt: skip
        return Workload(self, "DaemonSet", daemon_set, daemon_set, self.suffix(10), made)

    def job(self, namespace, name, created, containers, labels=None, backoff_limit=6, init=(), volumes=(), security=None,
            owner=None, restart_policy="Never", annotations=None, **extra):  # fmt: skip
        made = self.ago(created)
        meta = self.meta(name, made, namespace, labels, annotations, owner)
        selector = {"batch.kubernetes.io/controller-uid": meta["uid"]}
        pod_labels = {**(labels or {}), **selector, "batch.kubernetes.io/job-name": name, "controller-uid": meta["uid"], "job-name": name}
        job = self.add("batch", "jobs", {
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {**meta, "generation": 1},
            "spec": {
                "backoffLimit": backoff_limit, "completionMode": "NonIndexed", "completions": 1, "parallelism": 1, "selector": {"matchLabels": selector},
                "suspend": False, "template": self._template(pod_labels, containers, init, volumes, security, {"restartPolicy": restart_policy, **extra}),
            },
            "status": {"startTime": clock.rfc3339(made)},
        })  # fmt: skip
        return Workload(self, "Job", job, job, None, made)

    @staticmethod
    def owner(kind, obj):
        return {"apiVersion": obj["apiVersion"], "blockOwnerDeletion": True, "controller": True, "kind": kind,
                "name": obj["metadata"]["name"], "uid": obj["metadata"]["uid"]}  # fmt: skip

    @staticmethod
    def ref(obj):
        meta = obj["metadata"]
        return obj["kind"], meta.get("namespace"), meta["name"], meta["uid"]

    # Services, configuration, storage.

    def service(self, namespace, name, created, port, selector=None, target=None):
        self.add("", "services", {
            "apiVersion": "v1", "kind": "Service", "metadata": self.meta(name, self.ago(created), namespace, {"app": name}),
            "spec": {
                "clusterIP": (ip := self.address("10.96." + str(self.rng.randrange(1, 250)))), "clusterIPs": [ip], "internalTrafficPolicy": "Cluster",
                "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None", "type": "ClusterIP",
                "ports": [{"port": port, "protocol": "TCP", "targetPort": target or port}], "selector": selector or {"app": name},
            },
            "status": {"loadBalancer": {}},
        })  # fmt: skip
        return ip

    def config_map(self, namespace, name, created, data):
        self.add("", "configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": self.meta(name, self.ago(created), namespace), "data": data})

    def secret(self, namespace, name, created, keys, kind="Opaque"):
        """A Secret's values are never served: only its keys are known here."""
        data = {key: "UkVEQUNURUQ=" for key in keys}
        self.add("", "secrets", {"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": self.meta(name, self.ago(created), namespace), "data": data})

    def claim(self, namespace, name, created, size, storage_class="gp3", bound=True, labels=None, provisioner="ebs.csi.aws.com"):
        made = self.ago(created)
        modes = ["ReadWriteOnce"]
        spec = {"accessModes": modes, "resources": {"requests": {"storage": size}}, "storageClassName": storage_class, "volumeMode": "Filesystem"}
        status = {"phase": "Pending"}
        meta = self.meta(name, made, namespace, labels, {"volume.kubernetes.io/storage-provisioner": provisioner})
        if bound:
            spec["volumeName"] = f"pvc-{meta['uid']}"
            status = {"accessModes": modes, "capacity": {"storage": size}, "phase": "Bound"}
            self.add("", "persistentvolumes", {
                "apiVersion": "v1", "kind": "PersistentVolume",
                "metadata": self.meta(spec["volumeName"], made + 3, annotations={"pv.kubernetes.io/provisioned-by": provisioner}),
                "spec": {
                    "accessModes": modes, "capacity": {"storage": size}, "persistentVolumeReclaimPolicy": "Delete", "storageClassName": storage_class,
                    "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": name, "namespace": namespace, "uid": meta["uid"]},
                    "csi": {"driver": provisioner, "fsType": "ext4", "volumeHandle": f"vol-0{self.rng.getrandbits(64):016x}"}, "volumeMode": "Filesystem",
                },
                "status": {"phase": "Bound", "lastPhaseTransitionTime": clock.rfc3339(made + 3)},
            })  # fmt: skip
        self.add("", "persistentvolumeclaims", {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec, "status": status})

    def storage_class(self, name, provisioner, created="200d", default=True, binding="WaitForFirstConsumer"):
        annotations = {"storageclass.kubernetes.io/is-default-class": "true"} if default else None
        self.add("storage.k8s.io", "storageclasses", {
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": self.meta(name, self.ago(created), annotations=annotations),
            "provisioner": provisioner, "reclaimPolicy": "Delete", "volumeBindingMode": binding, "allowVolumeExpansion": True,
        })  # fmt: skip

    def system_pods(self, node, created):
        """The pods that every node carries; they lie outside the bundle's namespaces, but `describe node` lists them."""
        for name, image, cpu, memory in (
            ("kube-proxy", f"registry.k8s.io/kube-proxy:{self.server.split('-')[0]}", "100m", None),
            ("cilium", "quay.io/cilium/cilium:v1.16.6", "100m", "10Mi"),
        ):
            labels = {"k8s-app": name}
            spec = objects.container(name, image, cpu=cpu, memory=memory)
            owner = {"apiVersion": "apps/v1", "blockOwnerDeletion": True, "controller": True, "kind": "DaemonSet", "name": name, "uid": self.uid()}
            template = self._template(labels, [spec], (), (), None, {"hostNetwork": True})
            pod = Pod(self, "kube-system", f"{name}-{self.suffix()}", template, owner, self.ago(created), node)
            pod.live({name: None})

    # Reading.

    def finish(self):
        """Writes what depends on everything else: endpoints, workload status, metrics. Call once, last."""
        for node, obj in self.nodes.items():
            cpu, memory = obj.pop("usage")
            self.add("metrics.k8s.io", "nodes", {
                "apiVersion": "metrics.k8s.io/v1beta1", "kind": "NodeMetrics", "metadata": {"name": node, "creationTimestamp": clock.rfc3339(self.now)},
                "timestamp": clock.rfc3339(self.now - 12), "window": "20s", "usage": {"cpu": f"{cpu}m", "memory": f"{memory}Mi"},
            })  # fmt: skip
        for pod in self.pods:
            pod.finish()
        for service in self.store.get(("", "services"), []):
            self._endpoints(service)
        for resource in ("deployments", "statefulsets"):
            for workload in self.store.get(("apps", resource), []):
                self._roll_up(workload)
        for replica_set in self.store.get(("apps", "replicasets"), []):
            pods = self._pods_of(replica_set)
            ready = sum(pod.is_ready for pod in pods)
            replica_set["status"].update({"fullyLabeledReplicas": len(pods), "replicas": len(pods)})
            if ready:
                replica_set["status"].update({"availableReplicas": ready, "readyReplicas": ready})
        for daemon_set in self.store.get(("apps", "daemonsets"), []):
            pods = self._pods_of(daemon_set)
            ready = sum(pod.is_ready for pod in pods)
            placed = dict.fromkeys(("currentNumberScheduled", "desiredNumberScheduled", "updatedNumberScheduled"), len(pods))
            daemon_set["status"].update({**placed, "numberMisscheduled": 0, "numberReady": ready, "numberAvailable": ready})
            if ready < len(pods):
                daemon_set["status"]["numberUnavailable"] = len(pods) - ready
        for job in self.store.get(("batch", "jobs"), []):
            self._finish_job(job)

    def _pods_of(self, owner):
        uid = owner["metadata"]["uid"]
        return [pod for pod in self.pods if pod.owner_uid == uid and not pod.failed]

    def _endpoints(self, service):
        meta, spec = service["metadata"], service["spec"]
        selected = [
            pod for pod in self.pods
            if pod.namespace == meta["namespace"] and pod.obj["status"].get("podIP") and pod.obj["status"]["phase"] == "Running"
            and all(pod.obj["metadata"]["labels"].get(key) == value for key, value in spec["selector"].items())
        ]  # fmt: skip
        subset = {}
        for field, wanted in (("addresses", True), ("notReadyAddresses", False)):
            rows = [
                {"ip": pod.obj["status"]["podIP"], "nodeName": pod.node,
                 "targetRef": {"kind": "Pod", "name": pod.name, "namespace": pod.namespace, "uid": pod.uid}}
                for pod in selected if pod.is_ready is wanted
            ]  # fmt: skip
            if rows:
                subset[field] = sorted(rows, key=lambda row: row["ip"])
        endpoints = {
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": self.meta(meta["name"], clock.parse(meta["creationTimestamp"]), meta["namespace"], meta.get("labels")),
        }  # fmt: skip
        if subset:
            subset["ports"] = [{"port": spec["ports"][0]["targetPort"], "protocol": "TCP"}]
            endpoints["subsets"] = [subset]
        self.add("", "endpoints", endpoints)

    def _roll_up(self, workload):
        owners = [workload]
        if workload["kind"] == "Deployment":
            owners = [
                item for item in self.store[("apps", "replicasets")]
                if item["metadata"]["ownerReferences"][0]["uid"] == workload["metadata"]["uid"]
            ]  # fmt: skip
        pods = [pod for owner in owners for pod in self._pods_of(owner)]
        newest = max(owners, key=lambda item: item["metadata"]["creationTimestamp"])
        updated, ready = len(self._pods_of(newest)), sum(pod.is_ready for pod in pods)
        wanted, status = workload["spec"]["replicas"], workload["status"]
        status.update({"observedGeneration": workload["metadata"]["generation"], "replicas": len(pods), "updatedReplicas": updated})
        if ready:
            status.update({"readyReplicas": ready, "availableReplicas": ready})
        if workload["kind"] != "Deployment":
            status["currentReplicas"] = updated
            status.setdefault("availableReplicas", 0)
            return
        if ready < wanted:
            status["unavailableReplicas"] = wanted - ready
        made, rolled = clock.parse(workload["metadata"]["creationTimestamp"]), clock.parse(newest["metadata"]["creationTimestamp"])
        turns = [pod.ready_changed for pod in pods] or [rolled]
        enough = ready >= wanted - wanted // 4
        available_since = max(turns) if not enough else min(max(made, min(turns)), self.now)
        name = newest["metadata"]["name"]
        late = updated and self.now - rolled > 600 and not any(pod.was_ready for pod in self._pods_of(newest))
        if late:
            progress = ("False", "ProgressDeadlineExceeded", f'ReplicaSet "{name}" has timed out progressing.', rolled + 601)
        elif any(pod.was_ready for pod in self._pods_of(newest)):
            progress = ("True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.', made)
        else:
            progress = ("True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.', rolled)
        rows = [
            ("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", available_since)
            if enough
            else ("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", available_since),
            ("Progressing", *progress),
        ]
        status["conditions"] = status.get("conditions", []) + [
            {"type": kind, "status": state, "reason": reason, "message": message, "lastTransitionTime": clock.rfc3339(since),
             "lastUpdateTime": clock.rfc3339(max(since, rolled + 9) if kind == "Progressing" else since)} for kind, state, reason, message, since in rows
        ]  # fmt: skip

    def _finish_job(self, job):
        pods = [pod for pod in self.pods if pod.owner_uid == job["metadata"]["uid"]]
        succeeded = [pod for pod in pods if pod.obj["status"]["phase"] == "Succeeded"]
        failed = [pod for pod in pods if pod.obj["status"]["phase"] == "Failed"]
        active = len(pods) - len(succeeded) - len(failed)
        status = job["status"]
        status.update({key: value for key, value in (("active", active), ("failed", len(failed)), ("succeeded", len(succeeded))) if value})
        status["ready"] = sum(pod.is_ready for pod in pods)
        status["uncountedTerminatedPods"] = {}
        if succeeded:
            end = max(pod.last_end for pod in succeeded) + 2
            self.event(self.ref(job), "Normal", "Completed", "Job completed", "job-controller", end, api="batch/v1")
            status["completionTime"] = clock.rfc3339(end)
            status["conditions"] = [{"type": "Complete", "status": "True", "lastProbeTime": clock.rfc3339(end), "lastTransitionTime": clock.rfc3339(end)}]
        elif len(failed) > job["spec"]["backoffLimit"]:
            end = max(pod.last_end for pod in failed) + 2
            message = "Job has reached the specified backoff limit"
            self.event(self.ref(job), "Warning", "BackoffLimitExceeded", message, "job-controller", end, api="batch/v1")
            status["conditions"] = [
                {"type": kind, "status": "True", "reason": "BackoffLimitExceeded", "message": message,
                 "lastProbeTime": clock.rfc3339(end), "lastTransitionTime": clock.rfc3339(end)}
                for kind in (["FailureTarget", "Failed"] if self.minor >= 31 else ["Failed"])
            ]  # fmt: skip

    def find_pod(self, namespace, name):
        return next((pod for pod in self.pods if (pod.namespace, pod.name) == (namespace, name)), None)

    def log(self, namespace, name, container_name, previous, timestamps):
        """What the API answers to a request for a log: (status, body)."""
        pod = self.find_pod(namespace, name)
        container = pod.container(container_name)

        def refuse(message):
            return 400, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": "BadRequest", "code": 400}

        if container is None or not pod.node:
            return 200, b""
        record = container.previous_log() if previous else container.current_log()
        if record:
            return 200, record.log.text(timestamps).encode()
        if previous:
            return refuse(f'previous terminated container "{container_name}" in pod "{name}" not found')
        reason = (container.waiting or {}).get("reason") or pod.waiting_reason(container)
        said = {"ErrImagePull": "image can't be pulled", "ImagePullBackOff": "trying and failing to pull image"}.get(reason, reason)
        return refuse(f'container "{container_name}" in pod "{name}" is waiting to start: {said}')


class Workload:
    """A controller whose pods the scenario places one by one."""

    def __init__(self, cluster, kind, obj, parent, template_hash, made, claims=()):
        self.cluster, self.kind, self.obj, self.parent = cluster, kind, obj, parent
        self.template_hash, self.made, self.claims, self.count = template_hash, made, claims, 0

    def recreate(self, containers, changed):
        """The next revision of a Deployment of strategy Recreate: the pods of this one, none of which is placed, are gone."""
        cluster, spec = self.cluster, self.obj["spec"]
        replicas, old = spec["replicas"], self.parent
        spec["strategy"] = {"type": "Recreate"}
        old["spec"]["replicas"], old["status"]["replicas"] = 0, 0
        scaled = f"Scaled down replica set {old['metadata']['name']} "
        scaled += f"from {replicas} to 0" if cluster.minor >= 29 else "to 0"
        cluster.event(cluster.ref(self.obj), "Normal", "ScalingReplicaSet", scaled, "deployment-controller", cluster.ago(changed) - 31, api="apps/v1")
        return self.roll_out(containers, changed, replicas)

    def roll_out(self, containers, changed, surge=1):
        """The Deployment's next revision, made `changed` before collection. The pods of this one, placed before, stay: the
        first `surge` of the new ones are not ready yet."""
        cluster, meta, spec = self.cluster, self.obj["metadata"], self.obj["spec"]
        revision = int(meta["annotations"]["deployment.kubernetes.io/revision"]) + 1
        meta["annotations"]["deployment.kubernetes.io/revision"], meta["generation"] = str(revision), revision
        spec["template"]["spec"]["containers"] = copy.deepcopy(containers)
        made, template_hash = cluster.ago(changed), cluster.suffix(10)
        replica_set = cluster._replica_set(self.obj, template_hash, made, surge)
        replica_set["metadata"]["annotations"].update({
            "deployment.kubernetes.io/desired-replicas": str(spec["replicas"]),
            "deployment.kubernetes.io/max-replicas": str(spec["replicas"] + surge),
        })  # fmt: skip
        return Workload(cluster, "Deployment", self.obj, replica_set, template_hash, made)

    def pod(self, node, created=None, name=None, quiet=False):
        """A pod of this workload on `node`, made `created` before collection."""
        cluster, meta = self.cluster, self.obj["metadata"]
        template = copy.deepcopy(self.obj["spec"]["template"])
        made = cluster.ago(created) if created else self.made + 0.05
        if self.kind == "Deployment":
            name = f"{meta['name']}-{self.template_hash}-{cluster.suffix()}"
            template["metadata"]["labels"] = {**template["metadata"]["labels"], "pod-template-hash": self.template_hash}
            kind, component = "ReplicaSet", "replicaset-controller"
        elif self.kind == "StatefulSet":
            name = f"{meta['name']}-{self.count}"
            template["metadata"]["labels"] = {
                **template["metadata"]["labels"], "apps.kubernetes.io/pod-index": str(self.count),
                "controller-revision-hash": self.template_hash, "statefulset.kubernetes.io/pod-name": name}  # fmt: skip
            volumes = template["spec"].setdefault("volumes", [])
            volumes[:0] = [{"name": claim, "persistentVolumeClaim": {"claimName": f"{claim}-{name}"}} for claim in self.claims]
            kind, component = "StatefulSet", "statefulset-controller"
        elif self.kind == "DaemonSet":
            name = f"{meta['name']}-{cluster.suffix()}"
            template["metadata"]["labels"] = {
                **template["metadata"]["labels"], "controller-revision-hash": self.template_hash, "pod-template-generation": "1"}  # fmt: skip
            kind, component = "DaemonSet", "daemonset-controller"
        else:
            name = name or f"{meta['name']}-{cluster.suffix()}"
            kind, component = "Job", "job-controller"
        self.count += 1
        pod = Pod(cluster, meta["namespace"], name, template, cluster.owner(kind, self.parent), made, node)
        said = f"create Pod {name} in StatefulSet {meta['name']} successful" if kind == "StatefulSet" else f"Created pod: {name}"
        if not quiet:
            cluster.event(cluster.ref(self.parent), "Normal", "SuccessfulCreate", said, component, made, api=OWNER_APIS[kind])
        return pod


class Pod:
    """One pod and its kubelet's work. Scenarios call `live` or `wait_for_volumes` or
    `unscheduled` once, `evict` after `live`; the cluster calls `finish`."""

    def __init__(self, cluster, namespace, name, template, owner, created, node):
        self.cluster, self.namespace, self.name, self.created, self.node = cluster, namespace, name, created, node
        self.rng = random.Random(f"{cluster.name}/{namespace}/{name}")
        self.owner_uid, self.events, self.containers, self.init_done = owner["uid"], Events(), [], created
        self.usage, self.evicted, self.stuck, self.started = {}, None, None, None
        spec, account = template["spec"], template["spec"].get("serviceAccountName", "default")
        token = f"kube-api-access-{cluster.suffix()}"
        for container in spec["containers"] + spec.get("initContainers", []):
            container["volumeMounts"] = container["volumeMounts"] + [
                {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": token, "readOnly": True}]  # fmt: skip
        spec["volumes"] = spec.get("volumes", []) + [{"name": token, "projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
            {"downwardAPI": {"items": [{"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}]}},
        ]}}]  # fmt: skip
        spec.update({
            "enableServiceLinks": True, "preemptionPolicy": "PreemptLowerPriority", "priority": 0, "serviceAccount": account,
            "serviceAccountName": account, "tolerations": spec.get("tolerations", []) + DEFAULT_TOLERATIONS,
        })  # fmt: skip
        if node:
            spec["nodeName"] = node
        meta = cluster.meta(name, created, namespace, template["metadata"]["labels"], template["metadata"].get("annotations"), owner)
        if owner["kind"] in ("ReplicaSet", "Job", "DaemonSet"):
            meta["generateName"] = name.rsplit("-", 1)[0] + "-"
        self.uid = meta["uid"]
        self.obj = cluster.add("", "pods", {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": {}})
        index = list(cluster.nodes).index(node) if node else 0
        host = cluster.nodes[node]["status"]["addresses"][0]["address"] if node else None
        self.ip = host if spec.get("hostNetwork") else cluster.address(f"10.244.{index}")
        cluster.pods.append(self)
        if node:
            cluster.scheduler_event(self, "Normal", "Scheduled", f"Successfully assigned {namespace}/{name} to {node}", created + 0.01)

    @property
    def full_name(self):
        return f"{self.name}_{self.namespace}({self.uid})"

    def is_init(self, name):
        return any(spec["name"] == name for spec in self.obj["spec"].get("initContainers", []))

    def container(self, name):
        return next((container for container in self.containers if container.name == name), None)

    def restarts(self, code):
        policy = self.obj["spec"]["restartPolicy"]
        return policy == "Always" or (policy == "OnFailure" and code != 0)

    def waiting_reason(self, container):
        return "PodInitializing" if self.obj["spec"].get("initContainers") and container.group == "containers" else "ContainerCreating"

    def unscheduled(self, message, every=300):
        """No node takes the pod: the scheduler says why, again and again."""
        count = 1 + int((self.cluster.now - self.created) // every)
        last = self.created + 0.02 + (count - 1) * every
        self.cluster.scheduler_event(self, "Warning", "FailedScheduling", message, self.created + 0.02, "Scheduling", last, count)
        self.obj["status"] = {
            "phase": "Pending", "qosClass": self._qos(),
            "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
                            "lastProbeTime": None, "lastTransitionTime": clock.rfc3339(self.created)}],
        }  # fmt: skip
        return self

    def live(self, plans, pull=None, usage=None, after=0.9, before=()):
        """Runs the pod's containers by `plans` (name to plan; None: runs and is ready). `pull`: name to (seconds, bytes) where
        the image is not yet on the node. `usage`: name to (cpu, memory), for `top`. `before`: warnings (offset, reason,
        message) that came before the first start."""
        time, spec = self.created + after, self.obj["spec"]
        for offset, reason, message in before:
            self.events.emit(self.created + offset, "Warning", reason, message, None)
        self.started, self.usage = self.created + 0.1, usage or {}
        failed = False
        for group in ("initContainers", "containers"):
            for container_spec in spec.get(group, []):
                plan = plans.get(container_spec["name"]) or Run()
                container = Container(self, container_spec, plan, (pull or {}).get(container_spec["name"]))
                self.containers.append(container)
                if failed:
                    continue
                done = container.live(time)
                if group == "initContainers":
                    if done is None:
                        failed = True
                    else:
                        time = self.init_done = done
        self.initialized = not failed
        return self

    def wait_for_volumes(self, failures, span=2.0):
        """The volumes never mount: `failures` are (reason, message) pairs, each repeated with the volume manager's back-off."""
        self.started, self.stuck, self.initialized = self.created + 0.1, failures, True
        time, delay = self.created + 0.6, 0.5
        while time <= self.cluster.now:
            for reason, message in failures:
                self.events.emit(time + self.rng.random() / 10, "Warning", reason, message, None)
            time += delay + span * self.rng.random()
            delay = min(delay * 2, 122)
        spec = self.obj["spec"]
        for group in ("initContainers", "containers"):
            for item in spec.get(group, []):
                self.containers.append(Container(self, item, Blocked("volume", ""), None))
        for container in self.containers:
            container.waiting = {"reason": self.waiting_reason(container)}
        return self

    def evict(self, time, message, code=137):
        """The kubelet evicts the running pod at `time`. Call after `live`."""
        self.evicted = (time, message)
        self.events.emit(time, "Warning", "Evicted", message, None)
        for container in self.containers:
            self.events.emit(time + 0.01, "Normal", "Killing", f"Stopping container {container.name}", f"spec.containers{{{container.name}}}")
            record = container.running
            record.finished = time + (1.1 if code == 0 else 2)
            record.run.code, record.run.reason = code, "Completed" if code == 0 else "Error"
            record.log.until = min(record.log.until, record.finished)
            container.runs.append(record)
            container.running, container.ready, container.transition = None, False, time
        return self

    # What the API shows.

    @property
    def failed(self):
        return self.obj["status"].get("phase") in ("Failed", "Succeeded")

    @property
    def is_ready(self):
        conditions = {c["type"]: c["status"] for c in self.obj["status"].get("conditions", [])}
        return conditions.get("Ready") == "True"

    @property
    def was_ready(self):
        return any(container.transition for container in self.containers)

    @property
    def ready_changed(self):
        return max((container.transition or self.created for container in self.containers), default=self.created)

    @property
    def last_end(self):
        return max((record.finished for container in self.containers for record in container.runs), default=self.created)

    def _phase(self):
        mains = [container for container in self.containers if container.group == "containers"]
        if self.evicted:
            return "Failed"
        inits = [container for container in self.containers if container.group == "initContainers"]
        if any(c.runs and not c.running and not c.waiting and c.runs[-1].run.code and not self.restarts(c.runs[-1].run.code) for c in inits):
            return "Failed"
        if not self.initialized or all(not (c.runs or c.running) for c in mains):
            return "Pending"
        ended = [c.runs[-1].run for c in mains if c.runs and not c.running and not c.waiting]
        if len(ended) == len(mains) and not any(self.restarts(run.code) for run in ended):
            return "Succeeded" if all(run.code == 0 for run in ended) else "Failed"
        return "Running"

    def _qos(self):
        resources = [item["resources"] for item in self.obj["spec"]["containers"] + self.obj["spec"].get("initContainers", [])]
        if not any(resources):
            return "BestEffort"
        full = all(r.get("limits", {}).keys() >= {"cpu", "memory"} and r["limits"] == r["requests"] for r in resources)
        return "Guaranteed" if full else "Burstable"

    def finish(self):
        """Writes status, events and metrics from what happened."""
        cluster = self.cluster
        if not self.node:
            return
        phase = self._phase()
        status = {"phase": phase, "startTime": clock.rfc3339(self.started), "qosClass": self._qos()}
        host = cluster.nodes[self.node]["status"]["addresses"][0]["address"]
        status.update({"hostIP": host, "conditions": self._conditions(phase)})
        if cluster.minor >= 29:
            status["hostIPs"] = [{"ip": host}]
        for group, field in (("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")):
            rows = [c.status() for c in self.containers if c.group == group]
            if rows:
                status[field] = rows
        if self.evicted:
            status.update({"reason": "Evicted", "message": self.evicted[1]})
        if not self.stuck:
            status.update({"podIP": self.ip, "podIPs": [{"ip": self.ip}]})
        self.obj["status"] = status
        involved = ("Pod", self.namespace, self.name, self.uid)
        for first, last, count, kind, reason, message, field in self.events.records(cluster.now):
            cluster.event(involved, kind, reason, message, "kubelet", first, last, count, host=self.node, field=field)
        used = {
            c.name: self.usage.get(c.name) or (f"{self.rng.randrange(1, 40)}m", f"{self.rng.randrange(20, 120)}Mi")
            for c in self.containers if c.running
        }  # fmt: skip
        if used:
            cluster.add("metrics.k8s.io", "pods", {
                "apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics",
                "metadata": {"name": self.name, "namespace": self.namespace, "creationTimestamp": clock.rfc3339(cluster.now)},
                "timestamp": clock.rfc3339(cluster.now - 14), "window": "17s",
                "containers": [{"name": name, "usage": {"cpu": cpu, "memory": memory}} for name, (cpu, memory) in used.items()],
            })  # fmt: skip
        self.obj["metadata"]["resourceVersion"] = cluster.version_at(max([self.created, self.last_end, self.ready_changed]))

    def _conditions(self, phase):
        cluster = self.cluster
        mains = [c for c in self.containers if c.group == "containers"]
        lacking = [c.name for c in mains if not c.ready]
        changed = clock.rfc3339(max(self.created, min(self.ready_changed, cluster.now)))
        made = clock.rfc3339(self.created)
        done = phase in ("Succeeded", "Failed")

        def row(kind, good, since, reason=None, message=None):
            item = {"type": kind, "status": "True" if good else "False", "lastProbeTime": None, "lastTransitionTime": since}
            if not good:
                item.update({key: value for key, value in (("reason", reason), ("message", message)) if value})
            return item

        if phase == "Succeeded":
            unready = ("PodCompleted", None)
        elif done:
            unready = ("PodFailed", None)
        else:
            unready = ("ContainersNotReady", f"containers with unready status: [{' '.join(lacking)}]")
        if done:
            changed = clock.rfc3339(max(self.last_end, self.created))
        rows = []
        if self.evicted:
            rows.append({**row("DisruptionTarget", True, clock.rfc3339(self.evicted[0])), "reason": "TerminationByKubelet", "message": self.evicted[1]})
        if cluster.minor >= 29:
            sandbox = not self.stuck and not done
            since = self.last_end if done else self.created if self.stuck else self.created + 1
            rows.append(row("PodReadyToStartContainers", sandbox, clock.rfc3339(since)))
        pending = [c.name for c in self.containers if c.group == "initContainers" and not (c.runs and c.runs[-1].run.code == 0 and not c.running)]
        if pending and not self.initialized:
            rows.append(row("Initialized", False, made, "ContainersNotInitialized", f"containers with incomplete status: [{' '.join(pending)}]"))
        else:
            rows.append(row("Initialized", True, clock.rfc3339(self.init_done)))
        rows.append(row("Ready", not lacking and not done, changed, *unready))
        rows.append(row("ContainersReady", not lacking and not done, changed, *unready))
        rows.append(row("PodScheduled", True, made))
        return rows
