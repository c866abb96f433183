//! Objects as kubectl prints them: lists of pods, events and ReplicaSets in JSON, `describe pod`.

use std::io::Write;

use super::random::Random;

const NAMESPACES: &[&str] = &["shop", "payments", "search", "data", "platform", "ingress"];
const APPS: &[&str] = &["web", "api", "orders", "stock", "mailer", "worker", "gateway", "indexer", "reports", "auth"];

/// What the outputs share of a pod.
pub struct Pod {
    pub namespace: String,
    pub name: String,
    pub failing: bool,
    app: String,
    replica_set: String,
    node: String,
}

impl Pod {
    pub fn new(random: &mut Random, index: usize) -> Pod {
        let namespace = NAMESPACES[index % NAMESPACES.len()].to_string();
        let app = format!("{}-{}", APPS[index / 3 % APPS.len()], index / 60);
        // The pods of a workload share their ReplicaSet.
        let hash = Random::new(index as u64 / 60 * 1000 + (index / 3 % APPS.len()) as u64).suffix(10);
        let replica_set = format!("{app}-{hash}");
        let name = format!("{replica_set}-{}", random.suffix(5));
        Pod { namespace, name, failing: index % 40 == 7, app, replica_set, node: format!("node-{}", index % 30) }
    }
}

fn list<T>(out: &mut impl Write, items: impl Iterator<Item = T>, mut each: impl FnMut(T) -> String) {
    out.write_all(b"{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n").expect("written");
    for (index, item) in items.enumerate() {
        let comma = if index > 0 { ",\n" } else { "" };
        write!(out, "{comma}{}", each(item)).expect("written");
    }
    out.write_all(
        b"\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n",
    )
    .expect("written");
}

/// `kubectl get pods -o json`.
pub fn pod_list<'p>(out: &mut impl Write, random: &mut Random, pods: impl Iterator<Item = &'p Pod>) {
    list(out, pods, |pod| pod_json(random, pod));
}

fn pod_json(random: &mut Random, pod: &Pod) -> String {
    let Pod { namespace, name, app, replica_set, node, failing } = pod;
    let (uid, owner, image) = (random.uid(), random.uid(), random.hex(64));
    let (container, version) = (random.hex(64), random.next() % 100_000_000);
    let hash = replica_set.rsplit('-').next().unwrap_or_default();
    let (ready, restarts, state, last) = if *failing {
        (
            "false",
            7,
            "\"waiting\": {\n                                \"message\": \"back-off 5m0s restarting failed container=app\",\n                                \"reason\": \"CrashLoopBackOff\"\n                            }",
            format!(
                "\"terminated\": {{\n                                \"containerID\": \"containerd://{container}\",\n                                \"exitCode\": 1,\n                                \"finishedAt\": \"2026-11-20T11:57:02Z\",\n                                \"reason\": \"Error\",\n                                \"startedAt\": \"2026-11-20T11:56:48Z\"\n                            }}"
            ),
        )
    } else {
        (
            "true",
            0,
            "\"running\": {\n                                \"startedAt\": \"2026-11-18T07:14:41Z\"\n                            }",
            String::new(),
        )
    };
    let word = if *failing { "False" } else { "True" };
    format!(
        r#"        {{
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {{
                "annotations": {{
                    "checksum/config": "{image}",
                    "kubectl.kubernetes.io/restartedAt": "2026-11-18T07:14:30Z"
                }},
                "creationTimestamp": "2026-11-18T07:14:33Z",
                "generateName": "{replica_set}-",
                "labels": {{
                    "app.kubernetes.io/instance": "{app}",
                    "app.kubernetes.io/name": "{app}",
                    "pod-template-hash": "{hash}"
                }},
                "name": "{name}",
                "namespace": "{namespace}",
                "ownerReferences": [
                    {{
                        "apiVersion": "apps/v1",
                        "blockOwnerDeletion": true,
                        "controller": true,
                        "kind": "ReplicaSet",
                        "name": "{replica_set}",
                        "uid": "{owner}"
                    }}
                ],
                "resourceVersion": "{version}",
                "uid": "{uid}"
            }},
            "spec": {{
                "containers": [
                    {{
                        "args": [
                            "--listen=:8080",
                            "--log-format=json"
                        ],
                        "env": [
                            {{
                                "name": "DATABASE_HOST",
                                "value": "postgres.data.svc.cluster.local"
                            }},
                            {{
                                "name": "DATABASE_PASSWORD",
                                "valueFrom": {{
                                    "secretKeyRef": {{
                                        "key": "password",
                                        "name": "{app}-database"
                                    }}
                                }}
                            }},
                            {{
                                "name": "POD_NAME",
                                "valueFrom": {{
                                    "fieldRef": {{
                                        "apiVersion": "v1",
                                        "fieldPath": "metadata.name"
                                    }}
                                }}
                            }}
                        ],
                        "image": "registry.acme.example/{namespace}/{app}:1.42.0",
                        "imagePullPolicy": "IfNotPresent",
                        "livenessProbe": {{
                            "failureThreshold": 3,
                            "httpGet": {{
                                "path": "/healthz",
                                "port": 8080,
                                "scheme": "HTTP"
                            }},
                            "initialDelaySeconds": 10,
                            "periodSeconds": 10,
                            "successThreshold": 1,
                            "timeoutSeconds": 1
                        }},
                        "name": "app",
                        "ports": [
                            {{
                                "containerPort": 8080,
                                "name": "http",
                                "protocol": "TCP"
                            }}
                        ],
                        "readinessProbe": {{
                            "failureThreshold": 3,
                            "httpGet": {{
                                "path": "/readyz",
                                "port": 8080,
                                "scheme": "HTTP"
                            }},
                            "periodSeconds": 10,
                            "successThreshold": 1,
                            "timeoutSeconds": 1
                        }},
                        "resources": {{
                            "limits": {{
                                "cpu": "1",
                                "memory": "512Mi"
                            }},
                            "requests": {{
                                "cpu": "100m",
                                "memory": "256Mi"
                            }}
                        }},
                        "securityContext": {{
                            "allowPrivilegeEscalation": false,
                            "capabilities": {{
                                "drop": [
                                    "ALL"
                                ]
                            }},
                            "readOnlyRootFilesystem": true
                        }},
                        "terminationMessagePath": "/dev/termination-log",
                        "terminationMessagePolicy": "File",
                        "volumeMounts": [
                            {{
                                "mountPath": "/etc/app",
                                "name": "config",
                                "readOnly": true
                            }},
                            {{
                                "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                                "name": "kube-api-access-x2v5k",
                                "readOnly": true
                            }}
                        ]
                    }}
                ],
                "dnsPolicy": "ClusterFirst",
                "enableServiceLinks": true,
                "nodeName": "{node}",
                "preemptionPolicy": "PreemptLowerPriority",
                "priority": 0,
                "restartPolicy": "Always",
                "schedulerName": "default-scheduler",
                "securityContext": {{
                    "fsGroup": 1000,
                    "runAsNonRoot": true,
                    "runAsUser": 1000
                }},
                "serviceAccount": "{app}",
                "serviceAccountName": "{app}",
                "terminationGracePeriodSeconds": 30,
                "tolerations": [
                    {{
                        "effect": "NoExecute",
                        "key": "node.kubernetes.io/not-ready",
                        "operator": "Exists",
                        "tolerationSeconds": 300
                    }},
                    {{
                        "effect": "NoExecute",
                        "key": "node.kubernetes.io/unreachable",
                        "operator": "Exists",
                        "tolerationSeconds": 300
                    }}
                ],
                "volumes": [
                    {{
                        "configMap": {{
                            "defaultMode": 420,
                            "name": "{app}-config"
                        }},
                        "name": "config"
                    }},
                    {{
                        "name": "kube-api-access-x2v5k",
                        "projected": {{
                            "defaultMode": 420,
                            "sources": [
                                {{
                                    "serviceAccountToken": {{
                                        "expirationSeconds": 3607,
                                        "path": "token"
                                    }}
                                }},
                                {{
                                    "configMap": {{
                                        "items": [
                                            {{
                                                "key": "ca.crt",
                                                "path": "ca.crt"
                                            }}
                                        ],
                                        "name": "kube-root-ca.crt"
                                    }}
                                }}
                            ]
                        }}
                    }}
                ]
            }},
            "status": {{
                "conditions": [
                    {{
                        "lastProbeTime": null,
                        "lastTransitionTime": "2026-11-18T07:14:33Z",
                        "status": "True",
                        "type": "Initialized"
                    }},
                    {{
                        "lastProbeTime": null,
                        "lastTransitionTime": "2026-11-18T07:14:52Z",
                        "status": "{word}",
                        "type": "Ready"
                    }},
                    {{
                        "lastProbeTime": null,
                        "lastTransitionTime": "2026-11-18T07:14:33Z",
                        "status": "True",
                        "type": "PodScheduled"
                    }}
                ],
                "containerStatuses": [
                    {{
                        "containerID": "containerd://{container}",
                        "image": "registry.acme.example/{namespace}/{app}:1.42.0",
                        "imageID": "registry.acme.example/{namespace}/{app}@sha256:{image}",
                        "lastState": {{
                            {last}
                        }},
                        "name": "app",
                        "ready": {ready},
                        "restartCount": {restarts},
                        "started": {ready},
                        "state": {{
                            {state}
                        }}
                    }}
                ],
                "hostIP": "10.0.0.12",
                "phase": "Running",
                "podIP": "10.244.3.{}",
                "podIPs": [
                    {{
                        "ip": "10.244.3.17"
                    }}
                ],
                "qosClass": "Burstable",
                "startTime": "2026-11-18T07:14:33Z"
            }}
        }}"#,
        version % 250
    )
}

/// `kubectl get events -o json`: a few of each pod.
pub fn event_list<'p>(out: &mut impl Write, random: &mut Random, pods: impl Iterator<Item = &'p Pod>) {
    let events = pods.flat_map(|pod| {
        let kinds: &[(&str, &str, &str)] = if pod.failing {
            &[
                ("Normal", "Pulled", "Container image already present on machine"),
                ("Normal", "Created", "Created container: app"),
                ("Warning", "BackOff", "Back-off restarting failed container app in pod"),
            ]
        } else {
            &[
                ("Normal", "Scheduled", "Successfully assigned the pod to a node"),
                ("Normal", "Started", "Started container app"),
            ]
        };
        kinds.iter().map(move |kind| (pod, kind))
    });
    list(out, events, |(pod, (kind, reason, message))| {
        let Pod { namespace, name, node, .. } = pod;
        let uid = random.uid();
        format!(
            r#"        {{
            "apiVersion": "v1",
            "count": 4,
            "eventTime": null,
            "firstTimestamp": "2026-11-20T11:20:11Z",
            "involvedObject": {{
                "apiVersion": "v1",
                "fieldPath": "spec.containers{{app}}",
                "kind": "Pod",
                "name": "{name}",
                "namespace": "{namespace}",
                "uid": "{uid}"
            }},
            "kind": "Event",
            "lastTimestamp": "2026-11-20T11:58:40Z",
            "message": "{message}",
            "metadata": {{
                "creationTimestamp": "2026-11-20T11:20:11Z",
                "name": "{name}.18a{}",
                "namespace": "{namespace}"
            }},
            "reason": "{reason}",
            "source": {{
                "component": "kubelet",
                "host": "{node}"
            }},
            "type": "{kind}"
        }}"#,
            &uid[..8]
        )
    });
}

/// `kubectl get replicasets -o json`: one of each workload.
pub fn replica_set_list<'p>(out: &mut impl Write, pods: impl Iterator<Item = &'p Pod>) {
    let mut seen = std::collections::BTreeSet::new();
    let sets = pods.filter(|pod| seen.insert(pod.replica_set.clone())).collect::<Vec<_>>();
    list(out, sets.into_iter(), |pod| {
        let Pod { namespace, app, replica_set, .. } = pod;
        format!(
            r#"        {{
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {{
                "name": "{replica_set}",
                "namespace": "{namespace}",
                "ownerReferences": [
                    {{
                        "apiVersion": "apps/v1",
                        "controller": true,
                        "kind": "Deployment",
                        "name": "{app}"
                    }}
                ]
            }},
            "spec": {{
                "replicas": 2
            }},
            "status": {{
                "readyReplicas": 2,
                "replicas": 2
            }}
        }}"#
        )
    });
}

/// `kubectl describe pod`.
pub fn describe(out: &mut impl Write, pod: &Pod) {
    let Pod { namespace, name, app, replica_set, node, .. } = pod;
    write!(
        out,
        "Name:             {name}
Namespace:        {namespace}
Priority:         0
Service Account:  {app}
Node:             {node}/10.0.0.12
Start Time:       Wed, 18 Nov 2026 07:14:33 +0000
Labels:           app.kubernetes.io/name={app}
Status:           Running
IP:               10.244.3.17
Controlled By:  ReplicaSet/{replica_set}
Containers:
  app:
    Image:          registry.acme.example/{namespace}/{app}:1.42.0
    Port:           8080/TCP
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       Error
      Exit Code:    1
      Started:      Fri, 20 Nov 2026 11:56:48 +0000
      Finished:     Fri, 20 Nov 2026 11:57:02 +0000
    Ready:          False
    Restart Count:  7
    Limits:
      cpu:     1
      memory:  512Mi
    Requests:
      cpu:     100m
      memory:  256Mi
    Mounts:
      /etc/app from config (ro)
Conditions:
  Type              Status
  Initialized       True
  Ready             False
  PodScheduled      True
Volumes:
  config:
    Type:      ConfigMap (a volume populated by a ConfigMap)
    Name:      {app}-config
    Optional:  false
QoS Class:                   Burstable
Events:
  Type     Reason   Age                 From     Message
  ----     ------   ----                ----     -------
  Warning  BackOff  80s (x12 over 39m)  kubelet  Back-off restarting failed container app in pod {name}
"
    )
    .expect("written");
}
