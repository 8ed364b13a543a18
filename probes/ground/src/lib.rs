//! What a program stands on that has no standard library: where it starts, how it ends, what becomes
//! of a panic, and the functions that the compiler calls by name. For x86-64 Linux.
//!
//! The program itself is `extern "C" fn program() -> u8`, which gives the exit code.

#![no_std]

use core::arch::{asm, global_asm};

/// The exit code of a program that panicked.
pub const PANICKED: u8 = 101;

global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "and rsp, -16",
    "call {start}",
    start = sym start,
);

extern "C" fn start() -> ! {
    unsafe extern "C" {
        safe fn program() -> u8;
    }
    exit(program())
}

/// Ends the process.
pub fn exit(code: u8) -> ! {
    // SAFETY: system call 231, exit_group, takes one number and does not come back.
    unsafe {
        asm!(
            "syscall",
            in("rax") 231,
            in("rdi") u64::from(code),
            options(noreturn, nostack),
        )
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit(PANICKED)
}

/// # Safety
/// As for C's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller's promise covers `count` bytes on either side.
    unsafe {
        asm!(
            "rep movsb",
            inout("rcx") count => _,
            inout("rdi") to => _,
            inout("rsi") from => _,
            options(nostack, preserves_flags),
        );
    }
    to
}

/// # Safety
/// As for C's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    if to.addr().wrapping_sub(from.addr()) >= count {
        // SAFETY: passed on; upwards nothing is overwritten before it was read.
        return unsafe { memcpy(to, from, count) };
    }
    // SAFETY: the caller's promise covers `count` bytes on either side, which is more than 0 here.
    unsafe {
        asm!(
            "std",
            "rep movsb",
            "cld",
            inout("rcx") count => _,
            inout("rdi") to.add(count - 1) => _,
            inout("rsi") from.add(count - 1) => _,
            options(nostack),
        );
    }
    to
}

/// # Safety
/// As for C's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
    // SAFETY: the caller's promise covers `count` bytes.
    unsafe {
        asm!(
            "rep stosb",
            inout("rcx") count => _,
            inout("rdi") to => _,
            in("al") byte as u8,
            options(nostack, preserves_flags),
        );
    }
    to
}

/// # Safety
/// As for C's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    for index in 0..count {
        // SAFETY: the caller's promise covers `count` bytes on either side. Read as volatile, so
        // that the compiler does not make a call of this function out of it.
        let (left, right) = unsafe {
            (
                left.add(index).read_volatile(),
                right.add(index).read_volatile(),
            )
        };
        if left != right {
            return i32::from(left) - i32::from(right);
        }
    }
    0
}
