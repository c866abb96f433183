//! `kubectl version`, in all its forms.
//!
//! ```text
//! Client Version: v1.30.1
//! Server Version: version.Info{Major:"1", Minor:"18", GitVersion:"v1.18.3", ...}
//! ```
//! Also `--short`, `-o json` and `-o yaml` (`serverVersion` with its `gitVersion`). No server version: kubectl did not
//! reach the server, or the output was cut.

use super::Section;
use super::clean::{self, Frame};
use crate::model::{Facts, VersionFact};
use crate::text::Located;

/// Reads the versions that a section states into `facts`.
pub fn version(section: &Section<'_>, facts: &mut Facts) {
    let frame = Frame::of(section.text);
    // Which half the next `gitVersion` belongs to.
    let mut server = None;
    for (number, raw) in section.lines().take(2000) {
        let line = clean::line(frame.strip(raw));
        let mut rest: &str = &line;
        while let Some((at, mark)) = next_mark(rest) {
            rest = &rest[at + mark.len()..];
            let found = match mark {
                "Client Version" | "clientVersion" => {
                    server = Some(false);
                    plain(rest)
                }
                "Server Version" | "serverVersion" => {
                    server = Some(true);
                    plain(rest)
                }
                _ => plain(rest),
            };
            if let (Some(server), Some(version)) = (server, found) {
                let place = section.place(number, raw);
                facts.versions.push(VersionFact { server, version: Located::new(version.to_owned(), place) });
            }
        }
    }
}

fn next_mark(text: &str) -> Option<(usize, &'static str)> {
    ["Client Version", "clientVersion", "Server Version", "serverVersion", "GitVersion", "gitVersion"]
        .into_iter()
        .filter_map(|mark| text.find(mark).map(|at| (at, mark)))
        .min()
}

/// `: v1.30.2`, `:"v1.18.3", ...`, `": "v1.30.2+k3s2",`
fn plain(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(['"', ':', ' ', '\t', '\\']);
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "+.-_~".contains(c))).unwrap_or(text.len());
    let version = &text[..end];
    let number = version.strip_prefix('v')?;
    (number.starts_with(|c: char| c.is_ascii_digit()) && version.len() <= 100).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Artifact, Hint};
    use crate::text::SectionId;

    fn read(text: &str) -> Vec<(bool, String, u64)> {
        let mut facts = Facts::default();
        let hint = Hint::default();
        let artifact = Artifact::Version;
        let section =
            Section { id: SectionId::default(), artifact, path: "v", first_line: 1, text, hint, command: None };
        version(&section, &mut facts);
        facts.versions.into_iter().map(|v| (v.server, v.version.value, v.version.place.line)).collect()
    }

    #[test]
    fn all_forms() {
        let (client, server) = ((false, "v1.30.1".to_owned()), (true, "v1.29.4+k3s1".to_owned()));
        for (text, lines) in [
            ("Client Version: v1.30.1\nKustomize Version: v5.0.4\nServer Version: v1.29.4+k3s1\n", (1, 3)),
            (
                "Client Version: version.Info{Major:\"1\", Minor:\"30\", GitVersion:\"v1.30.1\", GitCommit:\"aa\", GoVersion:\"go1.22\"}\n\
                 Server Version: version.Info{Major:\"1\", Minor:\"29\", GitVersion:\"v1.29.4+k3s1\", GitTreeState:\"clean\"}\n",
                (1, 2),
            ),
            (
                "{\n  \"clientVersion\": {\n    \"gitVersion\": \"v1.30.1\",\n    \"goVersion\": \"go1.22\"\n  },\n  \
                 \"kustomizeVersion\": \"v5.0.4\",\n  \"serverVersion\": {\n    \"gitVersion\": \"v1.29.4+k3s1\"\n  }\n}\n",
                (3, 8),
            ),
            (
                "{\"clientVersion\":{\"gitVersion\":\"v1.30.1\"},\"serverVersion\":{\"gitVersion\":\"v1.29.4+k3s1\"}}",
                (1, 1),
            ),
            ("clientVersion:\n  gitVersion: v1.30.1\nserverVersion:\n  gitVersion: v1.29.4+k3s1\n", (2, 4)),
        ] {
            let expected = vec![(client.0, client.1.clone(), lines.0), (server.0, server.1.clone(), lines.1)];
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_server_out_of_reach_has_no_version() {
        assert_eq!(
            read("Client Version: v1.30.1\nThe connection to the server 10.0.0.1:6443 was refused\n"),
            [(false, "v1.30.1".to_owned(), 1)]
        );
        assert_eq!(read("Server Version: \ngitVersion"), []);
    }
}
