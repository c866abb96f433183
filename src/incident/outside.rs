//! Things that several incidents name in the lines that decide: an address that does not answer, a name that does not
//! resolve. What the pages do not read of a line (the proxy before a registry) is read here.

use std::collections::{BTreeMap, BTreeSet};

use super::group::{Group, Shared, waits_for};
use super::roots::Link;
use crate::catalog::Catalog;
use crate::model::endpoint::Endpoint;
use crate::postmortem::{Evidence, EvidenceRole};

/// Where DNS servers listen: a line names the one that was asked, whatever it was asked for.
const DNS: &str = "53";

/// An address with its port, or a name that was looked up.
pub(super) type Outside = (String, Option<String>);

/// What the decisive lines of a group say was called, or looked up, in vain.
pub(super) fn named(group: &Group<'_>) -> BTreeSet<Outside> {
    decisive(group).flat_map(|text| named_in(&text)).collect()
}

/// What the decisive lines of a group say, each with the whole message that begins on it.
fn decisive<'g>(group: &'g Group<'_>) -> impl Iterator<Item = String> + use<'g> {
    let cause = &group.findings[0].cause;
    let findings = group.findings.iter().filter(move |finding| finding.cause == *cause && !finding.fallback);
    findings.flat_map(|finding| {
        let lines = finding.evidence.iter().filter(|line| line.role == EvidenceRole::Decisive);
        lines.map(|line| {
            let place = &line.place;
            let here =
                finding.case.texts.iter().filter(|text| (text.place.file, text.place.line) == (place.file, place.line));
            let whole = here.map(|text| text.message.as_str()).max_by_key(|message| message.len()).unwrap_or_default();
            format!("{} {whole}", place.text)
        })
    })
}

fn named_in(line: &str) -> BTreeSet<Outside> {
    let mut words =
        line.split(|c: char| c.is_whitespace() || "\"'`()<>,=\\".contains(c)).filter(|word| !word.is_empty());
    let mut found = BTreeSet::new();
    while let Some(word) = words.next() {
        let looked_up = word == "lookup";
        let Some(word) = (if looked_up { words.next() } else { Some(word) }) else { break };
        // `10.0.0.7:41234->10.0.0.8:3128`: from here to there.
        let there = word.rsplit("->").next().unwrap_or(word).trim_end_matches([':', '.', ';', ']']);
        let Some(endpoint) = Endpoint::read(there).filter(|endpoint| !endpoint.is_local()) else { continue };
        let called = endpoint.is_address() && endpoint.port.as_deref().is_some_and(|port| port != DNS);
        if called || looked_up && endpoint.host.contains('.') && !endpoint.is_address() {
            found.insert((endpoint.host, endpoint.port.filter(|_| called)));
        }
    }
    found
}

/// Whether all decisive lines of a group say of a name that the DNS server gave no answer, not that there is no such name.
pub(super) fn was_not_answered(group: &Group<'_>) -> bool {
    const NO_ANSWER: [&str; 9] = [
        "server misbehaving",
        "temporary failure",
        "eai_again",
        "try again",
        "i/o timeout",
        "no answer from dns server",
        "read udp",
        "dial udp",
        "servfail",
    ];
    let mut lines = decisive(group).map(|text| text.to_ascii_lowercase()).peekable();
    lines.peek().is_some() && lines.all(|text| NO_ANSWER.iter().any(|words| text.contains(words)))
}

/// The thing that a name or an address is told as.
pub(super) fn thing((name, port): &Outside) -> Shared {
    let kind = if port.is_some() { "Dependency" } else { "Host" };
    Shared { kind: kind.to_string(), namespace: None, name: name.clone(), port: port.clone() }
}

/// Ties groups of other causes to the group that is told of the thing they name: the pull through a proxy to the proxy that
/// does not answer. A group that nothing was told of until now is told of the thing from now on.
pub(super) fn tie(groups: &mut [Group<'_>], links: &mut [Option<Link>], catalog: &Catalog) {
    let mut of_thing: BTreeMap<Outside, Vec<usize>> = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        let current = !group.findings[0].case.recovered && group.findings[0].case.kind != "node";
        if links[at].is_none() && current {
            named(group).into_iter().for_each(|outside| of_thing.entry(outside).or_default().push(at));
        }
    }
    for (outside, members) in of_thing.into_iter().filter(|(_, members)| members.len() > 1) {
        let wanted = thing(&outside);
        // A cause that is of the thing itself tells of it better than one that met it on the way to another.
        let of_itself = |at: &usize| waits_for(&groups[*at], catalog).is_some_and(|told| told.name == wanted.name);
        let is_told_of_it =
            |at: &usize| of_itself(at) || groups[*at].shared.as_ref().is_some_and(|told| told.name == wanted.name);
        let most = |a: &&usize, b: &&usize| {
            let rank = |at: usize| (of_itself(&at), groups[at].findings.len());
            rank(**a).cmp(&rank(**b)).then(b.cmp(a))
        };
        let Some(root) = members.iter().filter(|at| is_told_of_it(at)).max_by(most).copied() else { continue };
        let others: Vec<usize> = members.iter().copied().filter(|at| *at != root && links[*at].is_none()).collect();
        if others.is_empty() || links[root].is_some() {
            continue;
        }
        for at in others {
            let decisive = groups[at].findings[0].evidence.iter().find(|line| line.role == EvidenceRole::Decisive);
            let shows = format!("it needs `{}` as well", wanted.told());
            let evidence = decisive.cloned().map(|line| Evidence { shows, ..line });
            links[at] = Some(Link { root, evidence });
        }
        groups[root].shared.get_or_insert(wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_called_in_vain() {
        let named = |line: &str| named_in(line).into_iter().map(|found| thing(&found).told()).collect::<Vec<_>>();
        let proxied =
            r#"Get \"https://quay.io/v2/\": proxyconnect tcp: dial tcp 10.0.0.8:3128: connect: connection refused"#;
        assert_eq!(named(proxied), ["10.0.0.8:3128"]);
        let looked_up = "dial tcp: lookup idp.corp.example on 172.30.0.10:53: no such host";
        assert_eq!(named(looked_up), ["idp.corp.example"]);
        assert_eq!(named("read tcp 10.1.0.4:41234->10.0.0.8:3128: i/o timeout"), ["10.0.0.8:3128"]);
        for line in
            ["dial tcp 127.0.0.1:5432: refused", "lookup cache on 10.96.0.10:53: no such host", "version 4.14.8"]
        {
            assert!(named(line).is_empty(), "{line}");
        }
    }
}
