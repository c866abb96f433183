//! A bundle of any files, through every stage: nothing panics, what is written is text, every citation holds, and the
//! order of the entries does not show.
#![no_main]

use std::collections::BTreeSet;

use kubemortem_fuzz::{check, files, reports, tar};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut files = files(input);
    let packed = tar(&files);
    let Some(written) = reports(&packed) else { return };
    check(&written, &packed);
    // Of two entries of one name the first is read: their order is content.
    let names: BTreeSet<&String> = files.iter().map(|(path, _)| path).collect();
    if files.len() > 1 && names.len() == files.len() {
        files.reverse();
        let again = reports(&tar(&files)).expect("the same files");
        assert_eq!(written.json, again.json);
        assert_eq!(written.markdown, again.markdown);
    }
});
