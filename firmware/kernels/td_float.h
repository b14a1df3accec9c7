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

typedef struct {
  float first;
  float second;
  float third;
  float fourth;
} td_quad;

#if defined(__arm__) && defined(__FP_FAST_FMAF)
/* One instruction for all four, where a compiler loads one by one. */
#define TD_LOAD_QUAD(at, quad, s0, s1, s2, s3)                                                     \
  register float first __asm__(s0);                                                                \
  register float second __asm__(s1);                                                               \
  register float third __asm__(s2);                                                                \
  register float fourth __asm__(s3);                                                               \
  __asm__("vldmia %0!, {" s0 "-" s3 "}"                                                            \
          : "+r"(*at), "=t"(first), "=t"(second), "=t"(third), "=t"(fourth)                        \
          : "m"(*(const float(*)[4]) * at));                                                       \
  quad.first = first;                                                                              \
  quad.second = second;                                                                            \
  quad.third = third;                                                                              \
  quad.fourth = fourth
#else
#define TD_LOAD_QUAD(at, quad, s0, s1, s2, s3)                                                     \
  quad.first = (*at)[0];                                                                           \
  quad.second = (*at)[1];                                                                          \
  quad.third = (*at)[2];                                                                           \
  quad.fourth = (*at)[3];                                                                          \
  *at += 4
#endif

/* The four weights at *at, which goes on behind them. */
static inline td_quad td_quad_floats(const float **at) {
  td_quad quad;
  TD_LOAD_QUAD(at, quad, "s0", "s1", "s2", "s3");
  return quad;
}

/* The four values at *at, which goes on behind them: in other registers than weights. */
static inline td_quad td_quad_values(const float **at) {
  td_quad quad;
  TD_LOAD_QUAD(at, quad, "s4", "s5", "s6", "s7");
  return quad;
}

/* The four halves at *at, a multiple of four bytes, which goes on behind them. */
static inline td_quad td_quad_halves(const int16_t **at) {
  td_quad quad;
#if defined(__arm__) && defined(__FP_FAST_FMAF)
  register float low __asm__("s0");
  register float high __asm__("s1");
  __asm__("vldmia %0!, {s0-s1}"
          : "+r"(*at), "=t"(low), "=t"(high)
          : "m"(*(const int16_t(*)[4]) * at));
  __asm__("vcvtb.f32.f16 %0, %1" : "=t"(quad.first) : "t"(low));
  __asm__("vcvtt.f32.f16 %0, %1" : "=t"(quad.second) : "t"(low));
  __asm__("vcvtb.f32.f16 %0, %1" : "=t"(quad.third) : "t"(high));
  __asm__("vcvtt.f32.f16 %0, %1" : "=t"(quad.fourth) : "t"(high));
#else
  quad.first = td_half((uint16_t)(*at)[0]);
  quad.second = td_half((uint16_t)(*at)[1]);
  quad.third = td_half((uint16_t)(*at)[2]);
  quad.fourth = td_half((uint16_t)(*at)[3]);
  *at += 4;
#endif
  return quad;
}

/* The four integers at *at, which goes on behind them. */
static inline td_quad td_quad_bytes(const int8_t **at) {
  td_quad quad;
  quad.first = (float)(*at)[0];
  quad.second = (float)(*at)[1];
  quad.third = (float)(*at)[2];
  quad.fourth = (float)(*at)[3];
  *at += 4;
  return quad;
}

#endif
