//! Any bytes as an archive: a tar, a zip, gzip, zstd, xz or bzip2 around either, damaged as they may be.
#![no_main]

use kubemortem_fuzz::archives::open;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|packed: &[u8]| {
    open(packed);
});
