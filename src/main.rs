//! Arguments in, exit status out; the only place that prints.

fn main() {}
