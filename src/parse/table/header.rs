//! Header lines of `kubectl get` and `kubectl top`, and what kind of object they head.
//!
//! Owns the columns that kubectl's servers print, through all versions. Knows no rows.

use super::shape::Shape;

/// A column of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// As printed, `ACCESS MODES`.
    pub name: String,
    /// What stands in it.
    pub shape: Shape,
    /// Whether kubectl prints it empty at times, or leaves it away.
    pub optional: bool,
    /// The character at which it starts in its line.
    pub offset: usize,
}

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Pods.
    Pod,
    /// Nodes.
    Node,
    /// Deployments.
    Deployment,
    /// ReplicaSets.
    ReplicaSet,
    /// ReplicationControllers.
    ReplicationController,
    /// StatefulSets.
    StatefulSet,
    /// DaemonSets.
    DaemonSet,
    /// Jobs.
    Job,
    /// CronJobs.
    CronJob,
    /// PersistentVolumeClaims.
    Claim,
    /// PersistentVolumes.
    Volume,
    /// StorageClasses.
    StorageClass,
    /// Services.
    Service,
    /// Endpoints.
    Endpoints,
    /// ConfigMaps.
    ConfigMap,
    /// Secrets.
    Secret,
    /// Namespaces.
    Namespace,
    /// ResourceQuotas.
    Quota,
    /// ServiceAccounts.
    ServiceAccount,
    /// PriorityClasses.
    PriorityClass,
    /// IngressClasses.
    IngressClass,
    /// Ingresses.
    Ingress,
    /// ClusterOperators.
    ClusterOperator,
    /// The ClusterVersion.
    ClusterVersion,
    /// MachineConfigPools.
    MachineConfigPool,
    /// CertificateSigningRequests.
    SigningRequest,
    /// Events.
    Event,
    /// `kubectl top`.
    Usage,
}

impl Kind {
    /// From a resource as a user, a path or the prefix of a name spells it: `po`, `pods`, `deployment.apps`.
    pub fn of_resource(word: &str) -> Option<Kind> {
        let word = word.split('.').next().unwrap_or(word).to_ascii_lowercase();
        Some(match word.as_str() {
            "pod" | "pods" | "po" => Kind::Pod,
            "node" | "nodes" | "no" => Kind::Node,
            "deployment" | "deployments" | "deploy" => Kind::Deployment,
            "replicaset" | "replicasets" | "rs" => Kind::ReplicaSet,
            "replicationcontroller" | "replicationcontrollers" | "rc" => Kind::ReplicationController,
            "statefulset" | "statefulsets" | "sts" => Kind::StatefulSet,
            "daemonset" | "daemonsets" | "ds" => Kind::DaemonSet,
            "job" | "jobs" => Kind::Job,
            "cronjob" | "cronjobs" | "cj" => Kind::CronJob,
            "persistentvolumeclaim" | "persistentvolumeclaims" | "pvc" | "pvcs" => Kind::Claim,
            "persistentvolume" | "persistentvolumes" | "pv" | "pvs" => Kind::Volume,
            "storageclass" | "storageclasses" | "sc" => Kind::StorageClass,
            "service" | "services" | "svc" => Kind::Service,
            "endpoints" | "endpoint" | "ep" => Kind::Endpoints,
            "configmap" | "configmaps" | "cm" => Kind::ConfigMap,
            "secret" | "secrets" => Kind::Secret,
            "namespace" | "namespaces" | "ns" => Kind::Namespace,
            "resourcequota" | "resourcequotas" | "quota" | "quotas" => Kind::Quota,
            "serviceaccount" | "serviceaccounts" | "sa" => Kind::ServiceAccount,
            "priorityclass" | "priorityclasses" | "pc" => Kind::PriorityClass,
            "ingressclass" | "ingressclasses" => Kind::IngressClass,
            "ingress" | "ingresses" | "ing" => Kind::Ingress,
            "clusteroperator" | "clusteroperators" | "co" => Kind::ClusterOperator,
            "clusterversion" | "clusterversions" => Kind::ClusterVersion,
            "machineconfigpool" | "machineconfigpools" | "mcp" => Kind::MachineConfigPool,
            "certificatesigningrequest" | "certificatesigningrequests" | "csr" => Kind::SigningRequest,
            "event" | "events" | "ev" => Kind::Event,
            _ => return None,
        })
    }

    /// Whether its objects, or what its rows are of, always lie in a namespace.
    fn is_namespaced(self) -> bool {
        !matches!(
            self,
            Kind::Node
                | Kind::Volume
                | Kind::StorageClass
                | Kind::Namespace
                | Kind::PriorityClass
                | Kind::IngressClass
                | Kind::ClusterOperator
                | Kind::ClusterVersion
                | Kind::MachineConfigPool
                | Kind::SigningRequest
                | Kind::Usage
        )
    }

    /// The widest header that `kubectl get` prints for this kind: for rows saved without one.
    pub fn usual_header(self) -> Option<Vec<Column>> {
        let line = match self {
            Kind::Pod => "NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES LABELS",
            Kind::Node => {
                "NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME LABELS"
            }
            Kind::Deployment => "NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR LABELS",
            Kind::ReplicaSet | Kind::ReplicationController => {
                "NAME DESIRED CURRENT READY AGE CONTAINERS IMAGES SELECTOR LABELS"
            }
            Kind::StatefulSet => "NAME READY AGE CONTAINERS IMAGES LABELS",
            Kind::DaemonSet => {
                "NAME DESIRED CURRENT READY UP-TO-DATE AVAILABLE NODE SELECTOR AGE CONTAINERS IMAGES SELECTOR LABELS"
            }
            Kind::Job => "NAME STATUS COMPLETIONS DURATION AGE CONTAINERS IMAGES SELECTOR LABELS",
            Kind::CronJob => {
                "NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST SCHEDULE AGE CONTAINERS IMAGES SELECTOR LABELS"
            }
            Kind::Claim => {
                "NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE VOLUMEMODE LABELS"
            }
            Kind::Volume => {
                "NAME CAPACITY ACCESS MODES RECLAIM POLICY STATUS CLAIM STORAGECLASS VOLUMEATTRIBUTESCLASS REASON AGE VOLUMEMODE LABELS"
            }
            Kind::StorageClass => "NAME PROVISIONER RECLAIMPOLICY VOLUMEBINDINGMODE ALLOWVOLUMEEXPANSION AGE LABELS",
            Kind::Service => "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR LABELS",
            Kind::Secret => "NAME TYPE DATA AGE LABELS",
            Kind::ConfigMap => "NAME DATA AGE LABELS",
            Kind::Namespace => "NAME STATUS AGE LABELS",
            Kind::Endpoints => "NAME ENDPOINTS AGE LABELS",
            Kind::Quota => "NAME AGE REQUEST LIMIT LABELS",
            Kind::ServiceAccount => "NAME SECRETS AGE LABELS",
            Kind::PriorityClass => "NAME VALUE GLOBAL-DEFAULT AGE LABELS",
            Kind::IngressClass => "NAME CONTROLLER PARAMETERS AGE LABELS",
            Kind::Ingress => "NAME CLASS HOSTS ADDRESS PORTS AGE LABELS",
            Kind::ClusterOperator => "NAME VERSION AVAILABLE PROGRESSING DEGRADED SINCE MESSAGE",
            Kind::ClusterVersion => "NAME VERSION AVAILABLE PROGRESSING SINCE STATUS",
            Kind::MachineConfigPool => {
                "NAME CONFIG UPDATED UPDATING DEGRADED MACHINECOUNT READYMACHINECOUNT UPDATEDMACHINECOUNT DEGRADEDMACHINECOUNT AGE"
            }
            Kind::SigningRequest => "NAME AGE SIGNERNAME REQUESTOR REQUESTEDDURATION CONDITION",
            Kind::Event | Kind::Usage => return None,
        };
        let mut columns = parse(line)?;
        for column in &mut columns {
            column.offset = usize::MAX;
            if matches!(column.name.as_str(), "STATUS" | "TIMEZONE" | "VOLUMEATTRIBUTESCLASS") && self != Kind::Pod {
                column.optional = true;
            }
        }
        if self.is_namespaced() {
            let shape = Shape::Name;
            columns.insert(0, Column { name: "NAMESPACE".to_owned(), shape, optional: true, offset: usize::MAX });
        }
        Some(columns)
    }
}

/// Columns of two words.
const PAIRS: [&str; 11] = [
    "LAST SEEN",
    "FIRST SEEN",
    "NOMINATED NODE",
    "READINESS GATES",
    "ACCESS MODES",
    "RECLAIM POLICY",
    "NODE SELECTOR",
    "LAST SCHEDULE",
    "MIN AVAILABLE",
    "MAX UNAVAILABLE",
    "ALLOWED DISRUPTIONS",
];

/// The shape of a column and whether it may be empty; `None` for a column this program does not know.
fn known(name: &str) -> Option<(Shape, bool)> {
    Some(match name {
        "NAME" | "NAMESPACE" | "POD" => (Shape::Name, false),
        "READY" => (Shape::RatioOrInt, false),
        "STATUS" => (Shape::Status, false),
        "RESTARTS" => (Shape::Restarts, false),
        "AGE" => (Shape::Age, false),
        "DURATION" => (Shape::Age, true),
        "LAST SCHEDULE" => (Shape::Age, false),
        "LAST SEEN" | "FIRST SEEN" | "LASTSEEN" | "FIRSTSEEN" => (Shape::Seen, false),
        "IP" | "CLUSTER-IP" => (Shape::Address, false),
        "INTERNAL-IP" => (Shape::Address, true),
        "EXTERNAL-IP" => (Shape::Word, true),
        "NODE" | "ROLES" => (Shape::Word, true),
        "NOMINATED NODE" | "READINESS GATES" => (Shape::Word, true),
        "VERSION" => (Shape::Version, false),
        "OS-IMAGE" => (Shape::Text, true),
        "KERNEL-VERSION" | "CONTAINER-RUNTIME" => (Shape::Word, true),
        "LABELS" | "SELECTOR" | "NODE SELECTOR" | "NODE-SELECTOR" => (Shape::Labels, true),
        "CONTAINERS" | "IMAGES" | "CONTAINER(S)" | "IMAGE(S)" => (Shape::Word, true),
        "DESIRED" | "CURRENT" | "UP-TO-DATE" | "AVAILABLE" | "DATA" | "ACTIVE" | "SECRETS" | "COUNT" => {
            (Shape::Int, false)
        }
        "SUCCESSFUL" => (Shape::Int, false),
        "COMPLETIONS" => (Shape::Completions, false),
        "SCHEDULE" => (Shape::Cron, false),
        "TIMEZONE" => (Shape::Word, true),
        "SUSPEND" => (Shape::Bool, false),
        "VOLUME" => (Shape::RareWord, true),
        "CAPACITY" => (Shape::Quantity, true),
        "ACCESS MODES" | "ACCESSMODES" => (Shape::Modes, true),
        "STORAGECLASS" | "VOLUMEATTRIBUTESCLASS" => (Shape::Word, true),
        "CLAIM" => (Shape::Reference, true),
        "REASON" => (Shape::Word, true),
        "VOLUMEMODE" => (Shape::Word, true),
        "RECLAIM POLICY" | "RECLAIMPOLICY" => (Shape::Reclaim, false),
        "PROVISIONER" => (Shape::Word, false),
        "VOLUMEBINDINGMODE" => (Shape::Word, true),
        "ALLOWVOLUMEEXPANSION" => (Shape::Bool, true),
        // Of `get -w --output-watch-events`.
        "EVENT" => (Shape::Word, false),
        "TYPE" => (Shape::Word, false),
        "PORT(S)" => (Shape::Ports, false),
        "ENDPOINTS" => (Shape::Endpoints, false),
        "KEYS" => (Shape::Word, true),
        "REQUEST" | "LIMIT" => (Shape::Text, true),
        "OBJECT" | "KIND" | "SUBOBJECT" | "SOURCE" => (Shape::Word, true),
        "MESSAGE" => (Shape::Text, true),
        "PROGRESSING" | "DEGRADED" | "UPDATED" | "UPDATING" => (Shape::Bool, true),
        "SINCE" => (Shape::Age, true),
        "SIGNERNAME" | "REQUESTOR" | "CONDITION" | "CONFIG" => (Shape::Word, true),
        "REQUESTEDDURATION" => (Shape::RareWord, true),
        "MACHINECOUNT" | "READYMACHINECOUNT" | "UPDATEDMACHINECOUNT" | "DEGRADEDMACHINECOUNT" => (Shape::Int, false),
        "CPU(CORES)" | "MEMORY(BYTES)" => (Shape::Quantity, false),
        "CPU%" | "MEMORY%" | "CPU(%)" | "MEMORY(%)" => (Shape::Percent, false),
        "REFERENCE" | "TARGETS" | "MINPODS" | "MAXPODS" | "REPLICAS" | "HOSTS" | "CLASS" | "ADDRESS" | "PORTS"
        | "PROVIDER" | "REVISION" | "CHART" | "HOLDER" | "ADDRESSTYPE" | "PREFERENCE" | "CONTROLLER" | "ATTACHER"
        | "ATTACHED" | "POD-SELECTOR" | "CREATED" | "HOST" | "VALUE" | "PRIVILEGED" => (Shape::Text, true),
        _ => return None,
    })
}

/// Reads a header line: upper-case words only, the first of them a column a table starts with, two known columns at
/// least. `None` for any other line.
pub fn parse(line: &str) -> Option<Vec<Column>> {
    let line = line.trim_end();
    let first = line.split_whitespace().next()?;
    let starts =
        matches!(first, "NAME" | "NAMESPACE" | "LAST" | "FIRST" | "LASTSEEN" | "FIRSTSEEN" | "POD" | "TYPE" | "EVENT");
    if !starts || line.len() > 1000 {
        return None;
    }
    let mut columns: Vec<Column> = Vec::new();
    let mut recognised = 0;
    for word in line.split_whitespace() {
        let offset = word.as_ptr() as usize - line.as_ptr() as usize;
        // `CPU(cores)`, `MEMORY(bytes)` are the only lower-case letters.
        let plain = word.replace("(cores)", "(CORES)").replace("(bytes)", "(BYTES)");
        let upper = plain.bytes().any(|b| b.is_ascii_uppercase())
            && plain.bytes().all(|b| {
                b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'(' | b')' | b'%' | b'-' | b'_' | b'/')
            });
        if !upper {
            return None;
        }
        if let Some(last) = columns.last_mut() {
            let pair = format!("{} {plain}", last.name);
            if PAIRS.contains(&pair.as_str()) {
                if known(&last.name).is_none() {
                    recognised += 1;
                }
                let (shape, optional) = known(&pair).unwrap_or((Shape::Word, true));
                *last = Column { name: pair, shape, optional, offset: last.offset };
                continue;
            }
        }
        let (shape, optional) = match known(&plain) {
            Some(found) => {
                recognised += 1;
                found
            }
            None => (Shape::Text, true),
        };
        let offset = line[..offset].chars().count();
        columns.push(Column { name: plain, shape, optional, offset });
    }
    (recognised >= 2).then(|| {
        special(&mut columns);
        columns
    })
}

/// Shapes that depend on the table.
fn special(columns: &mut [Column]) {
    let kind = kind_of(columns);
    for column in columns.iter_mut() {
        match (column.name.as_str(), kind) {
            ("READY", Some(Kind::Pod | Kind::Deployment | Kind::StatefulSet)) => column.shape = Shape::Ratio,
            ("TYPE", Some(Kind::Service)) => column.shape = Shape::ServiceType,
            ("STATUS", Some(Kind::Job)) => column.optional = true,
            // `get pvc,pv -A` prints the column for what is in no namespace, too.
            ("NAMESPACE", Some(kind)) if !kind.is_namespaced() => column.optional = true,
            ("AVAILABLE", Some(Kind::ClusterOperator | Kind::ClusterVersion)) => {
                (column.shape, column.optional) = (Shape::Bool, true);
            }
            ("VERSION", Some(Kind::ClusterOperator | Kind::ClusterVersion)) => {
                (column.shape, column.optional) = (Shape::Word, true);
            }
            ("STATUS", Some(Kind::ClusterVersion)) => (column.shape, column.optional) = (Shape::Text, true),
            _ => {}
        }
    }
}

/// The kind a header belongs to, where its columns tell.
pub fn kind_of(columns: &[Column]) -> Option<Kind> {
    let has = |name: &str| columns.iter().any(|column| column.name == name);
    let kind = if has("REASON") && (has("OBJECT") || has("MESSAGE") && has("TYPE") || has("SUBOBJECT")) {
        Kind::Event
    } else if has("CPU(CORES)") || has("MEMORY(BYTES)") {
        Kind::Usage
    } else if has("DEGRADEDMACHINECOUNT") || has("MACHINECOUNT") && has("DEGRADED") {
        Kind::MachineConfigPool
    } else if has("PROGRESSING") && has("AVAILABLE") {
        if has("DEGRADED") || has("FAILING") { Kind::ClusterOperator } else { Kind::ClusterVersion }
    } else if has("REQUESTOR") && has("CONDITION") {
        Kind::SigningRequest
    } else if has("RESTARTS") {
        Kind::Pod
    } else if has("ROLES") || has("VERSION") && has("STATUS") && has("AGE") {
        Kind::Node
    } else if has("DESIRED") && has("UP-TO-DATE") && has("READY") {
        Kind::DaemonSet
    } else if has("UP-TO-DATE") {
        Kind::Deployment
    } else if has("COMPLETIONS") || has("SUCCESSFUL") {
        Kind::Job
    } else if has("SCHEDULE") && has("SUSPEND") {
        Kind::CronJob
    } else if has("DESIRED") && has("CURRENT") {
        if has("NODE-SELECTOR") || has("NODE SELECTOR") { Kind::DaemonSet } else { Kind::ReplicaSet }
    } else if has("CLAIM") && has("CAPACITY") {
        Kind::Volume
    } else if has("VOLUME") && has("STATUS") {
        Kind::Claim
    } else if has("PROVISIONER") {
        Kind::StorageClass
    } else if has("CLUSTER-IP") {
        Kind::Service
    } else if has("ENDPOINTS") && !has("ADDRESSTYPE") {
        Kind::Endpoints
    } else if has("DATA") {
        if has("TYPE") { Kind::Secret } else { Kind::ConfigMap }
    } else if has("REQUEST") && has("AGE") {
        Kind::Quota
    } else if has("SECRETS") && has("AGE") {
        Kind::ServiceAccount
    } else if has("GLOBAL-DEFAULT") {
        Kind::PriorityClass
    } else if has("CONTROLLER") && has("PARAMETERS") {
        Kind::IngressClass
    } else if has("HOSTS") && has("ADDRESS") {
        Kind::Ingress
    } else if has("READY") && has("AGE") && !has("STATUS") && columns.len() >= 3 && !has("DESIRED") {
        Kind::StatefulSet
    } else {
        return None;
    };
    Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(line: &str) -> Option<Kind> {
        parse(line).and_then(|columns| kind_of(&columns))
    }

    #[test]
    fn kinds_by_their_columns() {
        for (line, expected) in [
            ("NAME READY STATUS RESTARTS AGE", Kind::Pod),
            ("NAMESPACE  NAME  READY  STATUS  RESTARTS  AGE  IP  NODE  NOMINATED NODE  READINESS GATES", Kind::Pod),
            ("NAME STATUS ROLES AGE VERSION", Kind::Node),
            ("NAME STATUS AGE VERSION", Kind::Node),
            ("NAME READY UP-TO-DATE AVAILABLE AGE", Kind::Deployment),
            ("NAME DESIRED CURRENT UP-TO-DATE AVAILABLE AGE", Kind::Deployment),
            ("NAME DESIRED CURRENT READY AGE", Kind::ReplicaSet),
            ("NAME DESIRED CURRENT READY UP-TO-DATE AVAILABLE NODE SELECTOR AGE", Kind::DaemonSet),
            ("NAME READY AGE", Kind::StatefulSet),
            ("NAME COMPLETIONS DURATION AGE", Kind::Job),
            ("NAME SCHEDULE SUSPEND ACTIVE LAST SCHEDULE AGE", Kind::CronJob),
            ("NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS AGE", Kind::Claim),
            ("NAME CAPACITY ACCESS MODES RECLAIM POLICY STATUS CLAIM STORAGECLASS REASON AGE", Kind::Volume),
            ("NAME PROVISIONER RECLAIMPOLICY VOLUMEBINDINGMODE ALLOWVOLUMEEXPANSION AGE", Kind::StorageClass),
            ("NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE", Kind::Service),
            ("NAME TYPE DATA AGE", Kind::Secret),
            ("NAME DATA AGE", Kind::ConfigMap),
            ("NAME ENDPOINTS AGE", Kind::Endpoints),
            ("NAME AGE REQUEST LIMIT", Kind::Quota),
            ("LAST SEEN   TYPE   REASON   OBJECT   MESSAGE", Kind::Event),
            ("LASTSEEN FIRSTSEEN COUNT NAME KIND SUBOBJECT TYPE REASON SOURCE MESSAGE", Kind::Event),
            ("NAME CPU(cores) MEMORY(bytes)", Kind::Usage),
            ("NAME VERSION AVAILABLE PROGRESSING DEGRADED SINCE MESSAGE", Kind::ClusterOperator),
            ("NAME      VERSION   AVAILABLE   PROGRESSING   SINCE   STATUS", Kind::ClusterVersion),
            ("NAME CONFIG UPDATED UPDATING DEGRADED MACHINECOUNT READYMACHINECOUNT", Kind::MachineConfigPool),
            ("NAME AGE SIGNERNAME REQUESTOR REQUESTEDDURATION CONDITION", Kind::SigningRequest),
            ("NAME AGE REQUESTOR CONDITION", Kind::SigningRequest),
        ] {
            assert_eq!(kind(line), Some(expected), "{line}");
        }
        assert_eq!(kind("NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE"), None);
    }

    #[test]
    fn other_lines_are_no_headers() {
        for line in
            ["", "NAME", "NAME: web", "Name Ready", "ERROR FATAL", "LAST CALL", "NAME AND AGE of it", "TYPE SAFETY"]
        {
            assert!(parse(line).is_none(), "{line}");
        }
        let columns = parse("  NAME   LAST SCHEDULE   AGE").unwrap_or_default();
        let offsets: Vec<_> = columns.iter().map(|column| (column.name.as_str(), column.offset)).collect();
        assert_eq!(offsets, [("NAME", 2), ("LAST SCHEDULE", 9), ("AGE", 25)]);
    }
}
