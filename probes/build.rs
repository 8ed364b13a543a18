//! Links a probe against nothing at all.

fn main() {
    println!("cargo::rerun-if-changed=../build.rs");
    for argument in ["-nostartfiles", "-nostdlib", "-static"] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
}
