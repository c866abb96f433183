//! Which kind of bundle this is, and what its paths say of their files.
//!
//! Owns names only. Never opens a file: content decides where a path says nothing.
//!
//! Every layout is known by its own paths, wherever they lie: archives are re-packed, nested, stripped of their top folder
//! and mixed with loose files, and a stream shows its paths one by one. What the whole bundle is, is told at the end.

mod cluster_info_dump;
mod insights_operator;
mod kubemortem;
mod loose;
mod must_gather;
mod rancher;
mod resource;
mod runtime;
mod troubleshoot;

use std::collections::{BTreeMap, BTreeSet};

pub use self::runtime::container_id;
use crate::artifact::{Artifact, Hint, LogRun};

/// Folders that may lie above a layout's own files: its top folder, and what re-packing adds.
const MOST_LEADING: usize = 5;

/// A kind of bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layout {
    /// The collector's own bundle, layout version 1.
    Kubemortem,
    /// A Troubleshoot support bundle.
    Troubleshoot,
    /// OpenShift's must-gather, `oc adm inspect`.
    MustGather,
    /// `kubectl cluster-info dump`.
    ClusterInfoDump,
    /// A zip of Rancher, Harvester or Longhorn.
    Rancher,
    /// An archive of OpenShift's insights-operator.
    InsightsOperator,
    /// Any saved outputs under any names.
    Loose,
}

impl Layout {
    /// The word of the report.
    pub fn name(self) -> &'static str {
        match self {
            Layout::Kubemortem => "kubemortem",
            Layout::Troubleshoot => "troubleshoot",
            Layout::MustGather => "must-gather",
            Layout::ClusterInfoDump => "cluster-info-dump",
            Layout::Rancher => "rancher",
            Layout::InsightsOperator => "insights-operator",
            Layout::Loose => "loose",
        }
    }
}

/// Whether a name is that of an archive of many files.
fn is_archive(name: &str) -> bool {
    const ENDS: [&str; 11] =
        [".zip", ".tar", ".tgz", ".tar.gz", ".txz", ".tar.xz", ".tzst", ".tar.zst", ".tbz2", ".tar.bz2", ".7z"];
    let name = name.to_ascii_lowercase();
    ENDS.iter().any(|end| name.len() > end.len() && name.ends_with(end))
}

/// A path whose folders are parted by backslashes, as some archivers of Windows write it, with slashes; `None` for any other.
/// `\x2d` is a byte that systemd or this program could not write as it is.
pub fn with_slashes(path: &str) -> Option<String> {
    let bytes = path.as_bytes();
    let parts = |at: usize| {
        let escapes = |rest: &[u8]| rest[0] == b'x' && rest[1..].iter().all(u8::is_ascii_hexdigit);
        !bytes.get(at + 1..at + 4).is_some_and(escapes)
    };
    let found = memchr::memchr_iter(b'\\', bytes).filter(|at| parts(*at)).collect::<Vec<_>>();
    let mut slashed = (!found.is_empty()).then(|| path.to_owned())?;
    found.into_iter().for_each(|at| slashed.replace_range(at..=at, "/"));
    Some(slashed)
}

/// A path within the innermost archive that was packed around the bundle, not one that a collector makes.
fn unpacked<'p, 'a>(mut parts: &'a [&'p str]) -> &'a [&'p str] {
    const OF_COLLECTORS: [&str; 2] = ["nodes", "insights-data"];
    while let Some(at) = parts.iter().take(MOST_LEADING + 1).position(|part| is_archive(part))
        && at + 1 < parts.len()
        && !parts[..at].iter().any(|part| OF_COLLECTORS.contains(part))
    {
        parts = &parts[at + 1..];
    }
    parts
}

/// What a path says of its file, by the first layout that knows such a path.
pub fn place(path: &str) -> (Layout, Hint) {
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let parts = unpacked(&parts);
    if let Some(hint) = runtime::place(parts) {
        return (Layout::Loose, hint);
    }
    // The more telling paths first: what several layouts could claim is claimed by the one that says more of it.
    let known = [
        (Layout::Troubleshoot, troubleshoot::place as fn(&[&str]) -> Option<Hint>),
        (Layout::InsightsOperator, insights_operator::place),
        (Layout::MustGather, must_gather::place),
        (Layout::Kubemortem, kubemortem::place),
        (Layout::Rancher, rancher::place),
        (Layout::ClusterInfoDump, cluster_info_dump::place),
    ];
    known
        .into_iter()
        .find_map(|(layout, place)| place(parts).map(|hint| (layout, hint)))
        .unwrap_or_else(|| (Layout::Loose, loose::place(path)))
}

/// How many folders lie above a layout's own: what lies side by side below them is one bundle. `None` for a path of no
/// layout, and for one that any folder may have.
pub fn own_depth(path: &str) -> Option<(Layout, usize)> {
    let (layout, _) = place(path);
    let own: &[&str] = match layout {
        Layout::Troubleshoot => &["cluster-resources"],
        Layout::MustGather => &["namespaces", "cluster-scoped-resources"],
        Layout::Rancher => &["yamls", "logs"],
        Layout::InsightsOperator => &["config", "conditional", "events"],
        Layout::ClusterInfoDump => {
            let (root, _) = cluster_info_dump::namespace_folder(path)?;
            return Some((layout, root.split('/').filter(|part| !matches!(*part, "" | ".")).count()));
        }
        Layout::Kubemortem | Layout::Loose => return None,
    };
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let depth = parts.iter().position(|part| own.contains(part)).or_else(|| {
        let inner = unpacked(&parts);
        let cut = must_gather::cut_off(inner).filter(|_| layout == Layout::MustGather);
        cut.map(|(above, _)| parts.len() - inner.len() + above)
    });
    depth.map(|depth| (layout, depth))
}

/// What a bundle of this layout does not hold although its collector asks for it: what, as a clause, and what it would show.
pub fn not_collected<'p>(layout: Layout, paths: impl Iterator<Item = &'p str>) -> Vec<(String, String)> {
    match layout {
        Layout::ClusterInfoDump => cluster_info_dump::not_collected(paths),
        _ => Vec::new(),
    }
}

/// Whether a file's name calls it a log: decides for an empty file alone, whose content cannot say.
pub fn names_a_log(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| matches!(word, "log" | "logs"))
}

/// A file of a bundle, for telling what the bundle is.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'p> {
    /// Its path.
    pub path: &'p str,
    /// Its content says that it is this layout's: `kind: SupportBundle`, the marks of a dump; a list of `kubectl get` is of
    /// none, wherever it lies.
    pub speaks: Option<Layout>,
}

/// What a whole bundle was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The layout of most of it.
    pub layout: Layout,
    /// Why: one clause.
    pub why: String,
}

/// What was counted for one layout.
#[derive(Default)]
struct Signs<'p> {
    /// Files that lie where it puts them.
    files: u64,
    /// A file that only this layout has.
    sign: Option<&'p str>,
}

/// The layout of a whole bundle, from all its paths.
pub fn recognise<'p>(files: impl Iterator<Item = Seen<'p>>) -> Recognised {
    let (mut all, mut signs) = (0u64, BTreeMap::<Layout, Signs<'p>>::new());
    // Of a dump: lists and logs by the folder that holds the namespaces' folders.
    let mut dumps: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut dumped = None;
    // The command writes the nodes above the namespaces' folders: one that holds them is a person's own.
    let mut with_nodes: BTreeSet<&str> = BTreeSet::new();
    for Seen { path, speaks } in files {
        all += 1;
        let by_hand = speaks == Some(Layout::Loose);
        let layout = if by_hand { Layout::Loose } else { place(path).0 };
        let known = signs.entry(layout).or_default();
        known.files += 1;
        if is_sign(layout, path) {
            known.sign.get_or_insert(path);
        }
        if let Some(said) = speaks {
            let spoken = signs.entry(said).or_default();
            spoken.sign.get_or_insert(path);
            spoken.files += u64::from(said != layout);
            if said == Layout::ClusterInfoDump {
                dumped.get_or_insert(path);
            }
        }
        if matches!(path.rsplit('/').next(), Some("nodes.json" | "nodes.yaml")) {
            with_nodes.insert(folder(path));
        }
        if let Some((root, _)) = cluster_info_dump::namespace_folder(path).filter(|_| !by_hand) {
            let seen = dumps.entry(root).or_default();
            seen.insert(path);
        }
    }
    for seen in dumps.values_mut() {
        seen.retain(|path| !with_nodes.contains(folder(path)));
    }
    let dump = dumped.or_else(|| dumps.values().filter(|seen| seen.len() >= 2).find_map(|seen| seen.first().copied()));
    let dump_files = signs.get(&Layout::ClusterInfoDump).map_or(0, |found| found.files);
    if let Some(found) = signs.get_mut(&Layout::ClusterInfoDump) {
        found.sign = found.sign.or(dump);
    }
    let main = signs
        .iter()
        .filter(|(layout, _)| **layout != Layout::Loose)
        .filter_map(|(layout, found)| Some((found.files, *layout, found.sign?)))
        // Of layouts with as many files the first of the table.
        .max_by_key(|(files, layout, _)| (*files, std::cmp::Reverse(*layout)));
    let Some((files, layout, sign)) = main else {
        let known =
            signs.iter().filter(|(layout, _)| **layout != Layout::Loose).map(|(_, found)| found.files).sum::<u64>();
        let why = match known.saturating_sub(dump_files) {
            0 => "no known layout; every file is read by its content".to_string(),
            known => format!(
                "no layout's own mark; {known} of {all} files lie where a known layout puts them, the rest is read by content"
            ),
        };
        return Recognised { layout: Layout::Loose, why };
    };
    let mut why = match layout {
        Layout::Kubemortem => format!("`{sign}` is the collector's header"),
        Layout::Troubleshoot => format!("`{sign}` is of a Troubleshoot support bundle"),
        Layout::MustGather => format!("`{sign}` lies where `oc adm must-gather` and `oc adm inspect` put it"),
        Layout::ClusterInfoDump => format!("`{sign}` is of a `kubectl cluster-info dump`"),
        Layout::Rancher => format!("`{sign}` lies where the support bundle kit of Rancher puts it"),
        Layout::InsightsOperator => format!("`{sign}` lies where the insights-operator puts it"),
        Layout::Loose => String::new(),
    };
    why.push_str(&format!("; {files} of {all} files lie where it puts them"));
    for (other, found) in &signs {
        if *other != layout && *other != Layout::Loose && found.sign.is_some() {
            why.push_str(&format!(", {} are of another layout ({})", found.files, other.name()));
        }
    }
    Recognised { layout, why }
}

/// Whether a path that a layout claims is one that no other layout and no habit of people has.
fn is_sign(layout: Layout, path: &str) -> bool {
    match layout {
        Layout::Kubemortem => kubemortem::is_marker(path),
        Layout::Troubleshoot => path.contains("cluster-resources/"),
        Layout::MustGather => {
            ["/pods/", "/core/", "/apps/", "/batch/"].iter().any(|part| path.contains(part))
                || path.contains("cluster-scoped-resources/")
                || must_gather::cut_off(&path.split('/').collect::<Vec<_>>()).is_some()
        }
        // People sort logs into folders of namespaces and pods, too.
        Layout::Rancher => {
            ["yamls/cluster/", "yamls/namespaced/"].iter().any(|part| path.contains(part))
                || path.ends_with("bundleGenerationError.log")
                || path.contains("nodes/") && path.contains(".zip/")
        }
        Layout::InsightsOperator => {
            ["config/pod/", "config/clusteroperator/", "conditional/namespaces/", "insights-operator/gathers"]
                .iter()
                .any(|part| path.contains(part))
        }
        // Its other signs are several lists or logs beside each other.
        Layout::ClusterInfoDump => path.split('/').any(|part| part == "cluster-snapshot"),
        Layout::Loose => false,
    }
}

/// Folders in which collectors put what they print of a machine: Troubleshoot, Rancher's log collector, EKS' log collector,
/// sosreport.
const OF_HOST: [&str; 8] = [
    "host-collectors",
    "journald",
    "sandbox-image",
    "sos_commands",
    "systeminfo",
    "systemlogs",
    "system_logs",
    "system-info",
];

/// More of them, by words that namespaces are called, too: theirs hold logs and the folders of pods.
const OF_HOST_OR_NAMESPACE: [&str; 3] = ["kernel", "networking", "sysctls"];

/// Whether a file tells of a machine and not of the cluster.
pub fn is_of_host(path: &str) -> bool {
    let above = folder(path).rsplit('/').next().unwrap_or_default();
    path.split('/').any(|part| OF_HOST.contains(&part)) || OF_HOST_OR_NAMESPACE.contains(&above) && !names_a_log(path)
}

/// The folder that a file lies in; empty at the top.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A file of which the path says only what it is.
fn file(artifact: Artifact) -> Hint {
    Hint { artifact: Some(artifact), ..Hint::default() }
}

/// JSON or YAML by the file's ending, else nothing that is read.
fn file_of(name: &str, kind: Option<&'static str>, namespace: Option<&str>) -> Hint {
    let artifact = match extension(name) {
        "json" => Artifact::Json,
        "yaml" | "yml" => Artifact::Yaml,
        _ => Artifact::Other,
    };
    Hint { kind, namespace: namespace.map(str::to_string), ..file(artifact) }
}

/// A container's log.
fn log(namespace: &str, pod: &str, container: &str, run: LogRun) -> Hint {
    Hint {
        artifact: Some(Artifact::Log),
        namespace: Some(namespace.to_string()),
        pod: Some(pod.to_string()),
        container: Some(container.to_string()),
        run,
        ..Hint::default()
    }
}

/// A log whose file is named after the container; an ending of that name marks the run before.
fn log_by_name(namespace: &str, pod: &str, name: &str, previous: &str) -> Hint {
    match name.strip_suffix(previous) {
        Some(container) => log(namespace, pod, container, LogRun::Previous),
        None => log(namespace, pod, name, LogRun::Current),
    }
}

/// What stands behind the last full stop of a name; empty without one.
fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> Recognised {
        recognise(paths.iter().map(|path| Seen { path, speaks: None }))
    }

    #[test]
    fn archives_around_a_bundle_do_not_hide_it() {
        let inner = "must-gather.local.1/quay-io-x-sha256-0a/namespaces/shop/pods/web-0/app/app/logs/current.log";
        let (layout, hint) = place(&format!("case/upload.zip/upload/again.TAR.GZ/{inner}"));
        assert_eq!((layout, hint.pod.as_deref()), (Layout::MustGather, Some("web-0")));
        let packed_by_the_kit = place("a/b.zip/supportbundle_x/nodes/n1.zip/n1/logs/kubelet.log");
        assert_eq!((packed_by_the_kit.0, packed_by_the_kit.1.artifact), (Layout::Rancher, Some(Artifact::KubeletLog)));
        let of_earlier = place("m.tar.gz/m/x-sha256-0/insights-data/insights-1.tar.gz/config/pod/a/p.json");
        assert_eq!((of_earlier.0, of_earlier.1.artifact), (Layout::MustGather, Some(Artifact::Other)));
    }

    #[test]
    fn backslashes_part_folders() {
        for (path, wanted) in [
            (r"case\logs\shop_web-0.log", Some("case/logs/shop_web-0.log")),
            (r"up.zip/case\xen\pods.txt", Some("up.zip/case/xen/pods.txt")),
            (r"run/dev-disk-by\x2duuid.txt", None),
            ("case/pods.txt", None),
            (r"a\", Some("a/")),
        ] {
            assert_eq!(with_slashes(path).as_deref(), wanted, "{path}");
        }
    }

    #[test]
    fn a_bundle_is_what_most_of_it_is() {
        for (paths, layout) in [
            (&["site/kubemortem.yaml", "site/namespaces/a/pods.json"][..], Layout::Kubemortem),
            (
                &["b/version.yaml", "b/cluster-resources/pods/a.json", "b/cluster-resources/nodes.json"],
                Layout::Troubleshoot,
            ),
            (&["m/x-sha256-0/namespaces/a/core/pods.yaml", "m/x-sha256-0/version"], Layout::MustGather),
            (&["core/pods.yaml", "shop.yaml"], Layout::MustGather),
            (&["inspect.local.1/cluster-scoped-resources/core/nodes/n.yaml"], Layout::MustGather),
            (&["nodes.json", "kube-system/pods.json", "kube-system/a-1/logs.txt"], Layout::ClusterInfoDump),
            (&["cluster-snapshot/a/events.json", "cluster-snapshot/b/pods.json"], Layout::ClusterInfoDump),
            (&["x/yamls/cluster/v1/nodes.yaml", "x/logs/a/p/c.log"], Layout::Rancher),
            (&["pods.txt", "logs/shop/web-1/app.log"], Layout::Loose),
            (&["config/pod/a/p.json", "config/version.json"], Layout::InsightsOperator),
            (&["config/clusteroperator/dns.json", "config/node/a.json"], Layout::InsightsOperator),
            (&["x/cluster-snapshot/a/events.json", "x/cluster-snapshot/more.json"], Layout::ClusterInfoDump),
            (&["nodes.json", "notes.txt"], Layout::Loose),
            (&["prod/nodes.json", "prod/pods.json", "prod/events.json"], Layout::Loose),
            (&["a/pods.json", "notes.txt"], Layout::Loose),
            (&["pods.txt", "web.log"], Layout::Loose),
            (&["notes.txt", "x.zip/b/cluster-resources/pods/a.json"], Layout::Troubleshoot),
        ] {
            let found = of(paths);
            assert_eq!(found.layout, layout, "{paths:?}: {}", found.why);
        }
    }

    #[test]
    fn what_a_file_says_counts_too() {
        let dump = Seen { path: "out.txt", speaks: Some(Layout::ClusterInfoDump) };
        let found = recognise([dump].into_iter());
        assert_eq!((found.layout, found.why.contains("`out.txt`")), (Layout::ClusterInfoDump, true));
    }

    #[test]
    fn lists_of_kubectl_get_are_no_dump() {
        let by = |path, speaks| Seen { path, speaks };
        let hand = Some(Layout::Loose);
        let found =
            recognise([by("a/pods.yaml", hand), by("a/events.yaml", hand), by("b/pods.yaml", hand)].into_iter());
        assert_eq!(found.layout, Layout::Loose, "{}", found.why);
        let found =
            recognise([by("a/pods.yaml", None), by("a/events.yaml", None), by("b/pods.yaml", hand)].into_iter());
        assert_eq!(found.layout, Layout::ClusterInfoDump, "{}", found.why);
    }

    #[test]
    fn folders_of_a_machine_and_namespaces_of_their_names() {
        for path in ["c/networking/iproute.txt", "n1/kernel/dmesg.current", "x/journald/rke2-server", "kernel/uname"] {
            assert!(is_of_host(path), "{path}");
        }
        for path in ["networking/web-0/app.log", "case/kernel/logs-builder-0.txt", "networking/dns-0.log", "kernel"] {
            assert!(!is_of_host(path), "{path}");
        }
    }

    #[test]
    fn the_folders_above_a_bundle_are_counted() {
        for (path, depth) in [
            ("a/b/cluster-resources/pods/x.json", Some(2)),
            ("config/pod/a/p.json", Some(0)),
            ("cluster-snapshot/shop/web-1/logs.txt", Some(1)),
            ("shop/pods.json", Some(0)),
            ("namespaces/shop/pods.json", None),
            ("pods.txt", None),
        ] {
            assert_eq!(own_depth(path).map(|(_, depth)| depth), depth, "{path}");
        }
    }
}
