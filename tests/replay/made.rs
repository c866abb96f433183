//! Big clusters, made up.

use serde_json::{Value, json};

use super::clock;
use super::cluster::{Cluster, Log};

/// A cluster of `pods` pods in `namespaces` namespaces (`ns-000` ...), 30 pods a node. Every 20th pod is in a crash loop
/// with its log, and one in 50 cannot pull its image; every namespace has a Deployment, a Service, a Secret with planted
/// data, and a ConfigMap.
pub fn big(pods: usize, namespaces: usize) -> Cluster {
    let mut cluster = Cluster::new("v1.31.4");
    let (now, nodes) = (cluster.now, pods.div_ceil(30));
    for index in 0..nodes {
        let name = format!("node-{index:03}");
        cluster.add(node(&name, now));
        cluster.use_metrics(json!({
            "apiVersion": "metrics.k8s.io/v1beta1", "kind": "NodeMetrics", "metadata": {"name": name},
            "usage": {"cpu": "1200m", "memory": "20480Mi"},
        }));
    }
    for index in 0..namespaces {
        let namespace = format!("ns-{index:03}");
        let created = clock::ago(now, 90 * 86_400);
        cluster.add(json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "uid": format!("ns-{index}"), "creationTimestamp": created},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        }));
        cluster.plant_secret(&namespace, "credentials", "Opaque", &["password".into()], &created);
        let (value, _) = cluster.plant(&[&namespace, "settings", "url"]);
        cluster.add(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": namespace, "uid": format!("cm-{index}"), "creationTimestamp": created},
            "data": {"url": value},
        }));
        let own: Vec<usize> = (0..pods).filter(|pod| pod % namespaces == index).collect();
        workload(&mut cluster, &namespace, own.len());
        for pod in own {
            add_pod(&mut cluster, &namespace, pod, &format!("node-{:03}", pod % nodes));
        }
    }
    cluster.complete();
    cluster
}

/// What befalls a pod of the big cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    /// runs
    Healthy,
    /// ends again and again
    CrashLoop,
    /// cannot pull
    NoImage,
}

/// The fate of the pod with this number: scattered over the namespaces.
pub fn fate(pod: usize) -> Fate {
    match pod {
        pod if pod % 20 == 7 => Fate::CrashLoop,
        pod if pod % 50 == 13 => Fate::NoImage,
        _ => Fate::Healthy,
    }
}

fn node(name: &str, now: jiff::Timestamp) -> Value {
    let (created, beat) = (clock::ago(now, 90 * 86_400), clock::ago(now, 20));
    let condition = |kind: &str, status: &str, reason: &str| json!({"type": kind, "status": status, "reason": reason, "message": reason, "lastHeartbeatTime": beat, "lastTransitionTime": created});
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "uid": format!("uid-{name}"), "creationTimestamp": created, "labels": {"kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name}},
        "spec": {},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": name}],
            "capacity": {"cpu": "16", "memory": "65536Mi", "pods": "110"}, "allocatable": {"cpu": "15800m", "memory": "63000Mi", "pods": "110"},
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID"),
                condition("Ready", "True", "KubeletReady"),
            ],
            "nodeInfo": {
                "architecture": "amd64", "bootID": "b", "containerRuntimeVersion": "containerd://1.7.22", "kernelVersion": "6.1.0",
                "kubeProxyVersion": "v1.31.4", "kubeletVersion": "v1.31.4", "machineID": "m", "operatingSystem": "linux",
                "osImage": "Debian GNU/Linux 12", "systemUUID": "s",
            },
        },
    })
}

fn template() -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": "registry.example/web:1.4", "resources": {}}], "restartPolicy": "Always"},
    })
}

fn workload(cluster: &mut Cluster, namespace: &str, replicas: usize) {
    let created = clock::ago(cluster.now, 30 * 86_400);
    let selector = json!({"matchLabels": {"app": "web"}});
    let status = json!({"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas, "updatedReplicas": replicas, "observedGeneration": 1});
    cluster.add(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace, "uid": format!("deploy-{namespace}"), "creationTimestamp": created, "generation": 1},
        "spec": {"replicas": replicas, "selector": selector, "template": template(), "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}},
        "status": status,
    }));
    cluster.add(json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": "web-6d4b75cb6d", "namespace": namespace, "uid": format!("rs-{namespace}"), "creationTimestamp": created,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": format!("deploy-{namespace}"), "controller": true}],
        },
        "spec": {"replicas": replicas, "selector": selector, "template": template()},
        "status": {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas},
    }));
    cluster.add(json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "web", "namespace": namespace, "uid": format!("svc-{namespace}"), "creationTimestamp": created},
        "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.10", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}], "sessionAffinity": "None"},
        "status": {"loadBalancer": {}},
    }));
}

fn add_pod(cluster: &mut Cluster, namespace: &str, index: usize, node: &str) {
    let now = cluster.now;
    let name = format!("web-6d4b75cb6d-{index:05}");
    let (created, fate) = (clock::ago(now, 3600), fate(index));
    let image = "registry.example/web:1.4";
    let container = match fate {
        Fate::Healthy => json!({
            "ready": true, "started": true, "restartCount": 0, "lastState": {}, "state": {"running": {"startedAt": clock::ago(now, 3590)}},
        }),
        Fate::CrashLoop => json!({
            "ready": false, "started": false, "restartCount": 7,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": format!("back-off 5m0s restarting failed container=app pod={name}_{namespace}")}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": clock::ago(now, 125), "finishedAt": clock::ago(now, 120), "containerID": "containerd://1"}},
        }),
        Fate::NoImage => json!({
            "ready": false, "started": false, "restartCount": 0, "lastState": {},
            "state": {"waiting": {"reason": "ImagePullBackOff", "message": format!("Back-off pulling image \"{image}\"")}},
        }),
    };
    let ready = if fate == Fate::Healthy { "True" } else { "False" };
    let mut status = json!({"name": "app", "image": image, "imageID": ""});
    if let (Some(status), Some(more)) = (status.as_object_mut(), container.as_object()) {
        status.extend(more.clone());
    }
    let uid = format!("pod-{index}");
    cluster.add(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": namespace, "uid": uid, "creationTimestamp": created, "labels": {"app": "web"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-6d4b75cb6d", "uid": format!("rs-{namespace}"), "controller": true}],
        },
        "spec": {
            "nodeName": node, "restartPolicy": "Always", "serviceAccountName": "default",
            "containers": [{
                "name": "app", "image": image, "imagePullPolicy": "IfNotPresent",
                "env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "credentials", "key": "password"}}}],
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
            }],
        },
        "status": {
            "phase": if fate == Fate::NoImage { "Pending" } else { "Running" }, "podIP": "10.1.0.7", "hostIP": "10.0.0.1", "startTime": created, "qosClass": "Burstable",
            "conditions": [
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": created},
                {"type": "Ready", "status": ready, "lastTransitionTime": created},
            ],
            "containerStatuses": [status],
        },
    }));
    let mut event = |kind: &str, reason: &str, message: String, count: u32, last: i64| {
        cluster.add(json!({
            "apiVersion": "v1", "kind": "Event", "type": kind, "reason": reason, "message": message, "count": count,
            "metadata": {"name": format!("{name}.{reason}"), "namespace": namespace, "uid": format!("ev-{index}-{reason}"), "creationTimestamp": created},
            "firstTimestamp": created, "lastTimestamp": clock::ago(now, last), "source": {"component": "kubelet", "host": node},
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": name, "uid": uid, "fieldPath": "spec.containers{app}"},
        }));
    };
    match fate {
        Fate::Healthy => event("Normal", "Started", "Started container app".into(), 1, 3590),
        Fate::CrashLoop => {
            event(
                "Warning",
                "BackOff",
                format!("Back-off restarting failed container app in pod {name}_{namespace}"),
                30,
                20,
            );
        }
        Fate::NoImage => {
            let message = format!(
                "Failed to pull image \"{image}\": rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found"
            );
            event("Warning", "Failed", message, 12, 40);
        }
    }
    if fate == Fate::Healthy {
        cluster.use_metrics(json!({
            "apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics", "metadata": {"name": name, "namespace": namespace},
            "containers": [{"name": "app", "usage": {"cpu": "20m", "memory": "90Mi"}}],
        }));
    }
    if fate == Fate::CrashLoop {
        let log = "INFO starting web 1.4\nFATAL required environment variable PAYMENT_URL is not set\n".to_string();
        for previous in [false, true] {
            let key = (namespace.to_string(), name.clone(), "app".to_string(), previous);
            cluster.logs.insert(key, Log::Text(log.clone(), false));
        }
    }
}
