//! The names of the outputs a bundle can hold. Knows neither paths nor content.

/// What one file, or one section of a file, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Artifact {
    /// `kubectl get -o json`: one object, a List, a typed list, or several.
    Json,
    /// `kubectl get -o yaml`: the same in YAML, `---` between documents.
    Yaml,
    /// `kubectl get` as a table, events and `top` included.
    Table,
    /// `kubectl describe` of one or more objects.
    Describe,
    /// What a node's container runtime lists: `crictl ps -a`, `crictl pods`, `docker ps -a`.
    RuntimeTable,
    /// `kubectl logs`.
    Log,
    /// The kubelet's own log of a node.
    KubeletLog,
    /// `kubectl version`.
    Version,
    /// `kubemortem.yaml`: when, where and how the bundle was collected.
    BundleHeader,
    /// `commands.tsv`: what the collector ran and how it ended.
    Commands,
    /// `SHA256SUMS` over the bundle's files.
    Checksums,
    /// What a command said on stderr.
    Stderr,
    /// What a foreign collector says of its own run: when, of which version.
    CollectorNote,
    /// What a foreign collector could not get, per namespace or as text.
    CollectorErrors,
    /// Nothing this program reads.
    Other,
}

impl Artifact {
    /// The word for the inventory.
    pub fn name(self) -> &'static str {
        match self {
            Artifact::Json => "json",
            Artifact::Yaml => "yaml",
            Artifact::Table => "table",
            Artifact::Describe => "describe",
            Artifact::RuntimeTable => "runtime-table",
            Artifact::Log => "log",
            Artifact::KubeletLog => "kubelet-log",
            Artifact::Version => "version",
            Artifact::BundleHeader => "bundle-header",
            Artifact::Commands => "commands",
            Artifact::Checksums => "checksums",
            Artifact::Stderr => "stderr",
            Artifact::CollectorNote => "collector-note",
            Artifact::CollectorErrors => "collector-errors",
            Artifact::Other => "other",
        }
    }
}

/// What a layout knows of a file from its path alone. `None` everywhere: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint {
    /// What the file is, where the path says so; `None` asks for the content.
    pub artifact: Option<Artifact>,
    /// Namespace, where the path says so.
    pub namespace: Option<String>,
    /// Pod, where the path says so.
    pub pod: Option<String>,
    /// Container, where the path says so.
    pub container: Option<String>,
    /// Which run of the container a log is of.
    pub run: LogRun,
    /// The kind of the objects in a list that need not say it: `Pod` of `pods.json`.
    pub kind: Option<&'static str>,
    /// For a rotated log: how often the container had been restarted when that run began.
    pub attempt: Option<u64>,
    /// The collector writes an empty file where it got nothing.
    pub placeholder: bool,
    /// The collector writes the text `null` where there was null or an empty text.
    pub null_words: bool,
}

/// Which run of a container a log shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogRun {
    /// The name does not say.
    #[default]
    Unknown,
    /// `kubectl logs`.
    Current,
    /// `kubectl logs --previous`.
    Previous,
}
