//! What the processor can: the one place that decides which form of a kernel runs.
//!
//! Every kernel has a scalar form, which is its oracle and runs everywhere; wider ones give the same, and are chosen when
//! the program runs, not when it is built.

#[cfg(target_arch = "x86_64")]
use std::sync::LazyLock;

/// Whether the wide forms for x86-64 run: AVX2, BMI and POPCNT (Haswell, Zen and later).
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn is_wide() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

/// Whether the widest forms for x86-64 run: AVX-512 with bytes found by their numbers and compressed (Ice Lake, Zen 4 and
/// later).
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn is_widest() -> bool {
    // Asked for every text: one look instead of nine.
    static IS_WIDEST: LazyLock<bool> = LazyLock::new(|| {
        is_wide()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2")
    });
    *IS_WIDEST
}

/// Brings all of a slice near, a line of the cache at a time.
#[inline(always)]
pub(crate) fn bring_all_near<T>(slice: &[T]) {
    (0..slice.len()).step_by((64 / size_of::<T>()).max(1)).for_each(|place| bring_near(slice, place));
}

/// Brings what stands at a place near, for who will look at it soon; nothing where there is no such place.
#[inline(always)]
pub(crate) fn bring_near<T>(slice: &[T], place: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(at) = slice.get(place) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 processor has this, and it reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, place);
}
