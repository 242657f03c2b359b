//! What the processor can: the one place that decides which form of a kernel runs.
//!
//! Every kernel has a scalar form, which is its oracle and runs everywhere; wider ones give the same, and are chosen when
//! the program runs, not when it is built.

/// Whether the wide forms for x86-64 run: AVX2, BMI and POPCNT (Haswell, Zen and later).
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn is_wide() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

/// Whether the widest forms for x86-64 run: AVX-512 with byte operations and compression (Ice Lake, Zen 4 and later).
#[cfg(target_arch = "x86_64")]
pub(crate) fn is_widest() -> bool {
    is_wide()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi2")
}
