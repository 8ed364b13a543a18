//! Hands the compiler's version to the report: what measured is what compiled it.

use std::env;
use std::process::Command;

fn main() {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .ok()
        .and_then(|out| String::from_utf8(out.stdout).ok())
        .unwrap_or_else(|| "unknown".into());
    println!("cargo::rustc-env=COMPARISON_RUSTC={}", version.trim());
    println!("cargo::rerun-if-changed=build.rs");
}
