//! Any report against any bundle: nothing panics, and what is said to hold stands in the bundle by a plainer reading.
#![no_main]

use kubemortem::text::{decode, lines, visible};
use kubemortem::verify::{Outcome, Verdict, verify};
use kubemortem_fuzz::files;
use libfuzzer_sys::fuzz_target;

const MASK: &str = "[REDACTED]";

fuzz_target!(|input: &[u8]| {
    let mut files = files(input);
    if files.is_empty() {
        return;
    }
    let (_, report) = files.remove(0);
    let open = |path: &str| {
        let found = files.iter().find(|(name, _)| name == path || visible(name) == path);
        found.map(|(_, content)| content.as_slice())
    };
    let (Verdict::Holds(checks) | Verdict::Fails(checks)) = verify(&report, open) else { return };
    for check in checks.iter().filter(|check| check.outcome == Outcome::Holds) {
        // The parts of the quotation stand in one line of the file, in their order.
        let path_of = |name: &str| check.location.starts_with(&format!("{name}:"));
        let held = files.iter().filter(|(name, _)| path_of(name) || path_of(&visible(name))).any(|(_, content)| {
            lines(&decode(content)).any(|(number, line)| {
                let numbered = check.location.split(':').any(|part| part == number.to_string());
                [line.into(), visible(line)].iter().any(|line| numbered && in_order(&check.quote, line))
            })
        });
        assert!(held, "{check:?}");
    }
});

fn in_order(quote: &str, line: &str) -> bool {
    let mut rest = line;
    quote.split(MASK).all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}
