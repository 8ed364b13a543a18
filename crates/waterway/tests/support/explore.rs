//! Property tests: the same cases at every run, others on demand.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Runs `test` on values of `strategy`; shrinks a failing one and panics with it.
///
/// The values are the same at each run. To explore further, `WATERWAY_SEED=17` gives others and
/// `PROPTEST_CASES=10000` more of them.
pub(crate) fn explore<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value)) {
    let number = |name| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let seed = number("WATERWAY_SEED").unwrap_or(0xdead_beef);
    let config = Config {
        cases: number("PROPTEST_CASES").map_or(cases, |cases| cases as u32),
        failure_persistence: None,
        max_shrink_iters: 5000,
        ..Config::default()
    };
    let seed = [seed.to_le_bytes(), (!seed).to_le_bytes()].concat();
    // Not the default algorithm: it takes most of the time in a debug build.
    let rng = TestRng::from_seed(RngAlgorithm::XorShift, &seed);
    let outcome = TestRunner::new_with_rng(config, rng).run(strategy, |value| {
        test(value);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
