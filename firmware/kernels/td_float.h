/* Multiplication and addition in one, and floats from halves; shared by the float32 kernels. */
#ifndef TD_FLOAT_H
#define TD_FLOAT_H

#include <stdint.h>
#include <string.h>

/* acc + x * w: rounded once where the CPU can, else twice. */
static inline float td_mac(float acc, float x, float w) {
#if defined(__FP_FAST_FMAF)
  return __builtin_fmaf(x, w, acc);
#else
  return acc + x * w;
#endif
}

static inline float td_limit(float x, float low, float high) {
  const float raised = x < low ? low : x;
  return raised > high ? high : raised;
}

/* The float32 of a finite IEEE half, exactly. */
static inline float td_half(uint16_t half) {
#if defined(__arm__) && defined(__FP_FAST_FMAF)
  /* An Arm FPU that multiplies and adds in one also converts halves. */
  float value;
  const uint32_t bits = half;
  __asm__("vmov %0, %1\n\tvcvtb.f32.f16 %0, %0" : "=&t"(value) : "r"(bits));
  return value;
#else
  const uint32_t magnitude = half & 0x7fffu;
  const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
  uint32_t bits = 0;
  if (magnitude >= 0x400u) {
    bits = (magnitude << 13) + (112u << 23);
  } else if (magnitude != 0) { /* a subnormal half: its first one becomes the hidden bit */
    uint32_t exponent = 113;
    bits = magnitude;
    while ((bits & 0x400u) == 0) {
      bits <<= 1;
      exponent--;
    }
    bits = ((bits & 0x3ffu) << 13) + (exponent << 23);
  }
  bits |= sign;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
#endif
}

#endif
