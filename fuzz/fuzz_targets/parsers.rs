//! Any text through every parser, whatever it was taken for: nothing panics, and every fact stands where it says.
#![no_main]

use kubemortem::artifact::{Artifact, Hint};
use kubemortem::model::Facts;
use kubemortem::parse::{self, Section};
use kubemortem::text::{FileId, SectionId, decode};
use kubemortem_fuzz::{files, places_hold};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    for (path, content) in files(input).into_iter().take(4) {
        let text = decode(&content);
        let whole = Section {
            id: SectionId { file: FileId(0), index: 0 },
            artifact: Artifact::Other,
            path: &path,
            first_line: 1,
            text: &text,
            hint: Hint::default(),
            command: None,
        };
        for section in parse::sections::split(FileId(0), &path, &text, &Hint::default()) {
            let mut facts = Facts::default();
            match section.artifact {
                Artifact::Json => parse::objects::json(&section, &mut facts),
                Artifact::Yaml => parse::objects::yaml(&section, &mut facts),
                Artifact::Table if parse::table::is_events(&section) => parse::events::table(&section, &mut facts),
                Artifact::Table => parse::table::table(&section, &mut facts),
                Artifact::Describe => parse::describe::describe(&section, &mut facts),
                _ => {}
            }
            places_hold(&format!("{facts:?}"), &text);
        }
        let parsers: &[fn(&Section<'_>, &mut Facts)] = &[
            parse::objects::json,
            parse::objects::yaml,
            parse::describe::describe,
            parse::table::table,
            parse::events::table,
            parse::version::version,
            |section, facts| drop(parse::bundle_header::header(section, facts)),
            parse::bundle_header::commands,
            parse::bundle_header::skipped,
            |section, facts| drop(parse::checksums::checksums(section, facts)),
            |section, facts| drop(parse::foreign::note(section, facts)),
            parse::foreign::errors,
        ];
        for parser in parsers {
            let mut facts = Facts::default();
            parser(&whole, &mut facts);
            places_hold(&format!("{facts:?}"), &text);
        }
        parse::bundle_header::runs(&whole);
    }
});
