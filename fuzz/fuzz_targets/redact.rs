//! Any line through the mask: masking twice changes nothing more, the masked line proves its own line, and a secret that is
//! told by its name is gone whatever stands around it.
#![no_main]

use kubemortem::report::redact::{MASK, known, redact};
use kubemortem::text::lines;
use kubemortem::verify::{Verdict, verify};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "Zq7Xv9Lm2Kp4Rt8Bn1";

fuzz_target!(|text: &str| {
    let once = redact(text);
    let _ = known(text).count();
    let twice = redact(&once);
    assert_eq!(once, twice);
    for (_, line) in lines(text) {
        let masked = redact(line);
        let rest = masked.replace(MASK, "").chars().filter(|c| !c.is_whitespace()).count();
        // A mark of the encoding at a file's start is none of its first line.
        let marked = line.starts_with('\u{feff}');
        if !masked.contains(MASK) || line.contains(MASK) || marked || rest < 4 || line.len() > 400 {
            continue;
        }
        let report = serde_json::json!({"schemaVersion": "1", "bundle": {}, "incidents": [
            {"evidence": [{"path": "a", "line": 1, "text": masked.trim()}]}]});
        let verdict = verify(report.to_string().as_bytes(), |_| Some(line.as_bytes()));
        assert!(matches!(verdict, Verdict::Holds(_)), "{masked:?} of {line:?}");
        let planted = format!("{line} password={SECRET} {line}");
        let open = line.contains(['"', '\'', '`', '\\', '=', ':']);
        assert!(open || !redact(&planted).contains(SECRET), "{planted:?}");
    }
});
