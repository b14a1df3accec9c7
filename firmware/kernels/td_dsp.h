/* The DSP instructions that the packed kernels are made of, and what they mean in plain C.
 *
 * With __ARM_FEATURE_DSP (Cortex-M4, M7, M33, …) each function is one instruction; elsewhere the
 * same packed data goes through the plain definitions. A word holds two int16 lanes or four int8
 * bytes, the lowest index in the lowest bits. Sums wrap. */
#ifndef TD_DSP_H
#define TD_DSP_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#define TD_DSP 1
#include <arm_acle.h>
#else
#define TD_DSP 0
#endif

#if defined(__ARM_FEATURE_MVE) && TD_DSP
#define TD_MVE 1
#else
#define TD_MVE 0
#endif

/* Four bytes at any address. */
static inline uint32_t td_load_word(const void *p) {
  uint32_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

static inline void td_store_word(void *p, uint32_t word) {
  memcpy(p, &word, sizeof word);
}

static inline void td_store_half(void *p, uint32_t half) {
  const uint16_t low = (uint16_t)half;
  memcpy(p, &low, sizeof low);
}

/* A signed halfword at an even address: one lane of a word. */
static inline int32_t td_load_half(const void *p) {
  int16_t half;
  memcpy(&half, __builtin_assume_aligned(p, 2), sizeof half);
  return half;
}

static inline int32_t td_wrapping_add(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a + (uint32_t)b);
}

#if TD_DSP

/* Stores two words and returns the place after them. */
static inline uint32_t *td_store_two(uint32_t *to, uint32_t first, uint32_t second) {
  __asm volatile("strd %2, %3, [%0], #8" : "=r"(to) : "0"(to), "r"(first), "r"(second) : "memory");
  return to;
}

/* The bytes of each lane swapped. */
static inline uint32_t td_rev16(uint32_t x) {
  uint32_t swapped;
  __asm("rev16 %0, %1" : "=r"(swapped) : "r"(x));
  return swapped;
}

/* Bytes 0 and 2, sign-extended to lanes. */
static inline uint32_t td_sxtb16(uint32_t x) {
  return (uint32_t)__sxtb16((int8x4_t)x);
}

/* Bytes 0 and 2, sign-extended and added to the lanes of `lanes`. */
static inline uint32_t td_sxtab16(uint32_t lanes, uint32_t x) {
  uint32_t sum;
  __asm("sxtab16 %0, %1, %2" : "=r"(sum) : "r"(lanes), "r"(x));
  return sum;
}

/* acc + the dot product of two pairs of lanes. */
static inline int32_t td_smlad(uint32_t a, uint32_t b, int32_t acc) {
  return __smlad((int16x2_t)a, (int16x2_t)b, acc);
}

/* acc + the high word of a * b, rounded down. */
static inline int32_t td_smmla(int32_t a, int32_t b, int32_t acc) {
  int32_t sum;
  __asm("smmla %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
  return sum;
}

/* x saturated to int8. */
static inline int32_t td_saturate(int32_t x) {
  int32_t value;
  __asm("ssat %0, #8, %1" : "=r"(value) : "r"(x));
  return value;
}

/* x must not be 0. */
static inline uint32_t td_leading_zeros(uint32_t x) {
  return (uint32_t)__builtin_clz(x);
}

#else

static inline uint32_t *td_store_two(uint32_t *to, uint32_t first, uint32_t second) {
  to[0] = first;
  to[1] = second;
  return to + 2;
}

static inline uint32_t td_lanes(int32_t low, int32_t high) {
  return ((uint32_t)low & 0xffffu) | ((uint32_t)high << 16);
}

static inline int32_t td_low_lane(uint32_t lanes) {
  return (int16_t)(uint16_t)lanes;
}

static inline int32_t td_high_lane(uint32_t lanes) {
  return (int16_t)(uint16_t)(lanes >> 16);
}

static inline int32_t td_byte(uint32_t x, uint32_t index) {
  return (int8_t)(uint8_t)(x >> (8u * index));
}

static inline uint32_t td_rev16(uint32_t x) {
  return ((x & 0x00ff00ffu) << 8) | ((x >> 8) & 0x00ff00ffu);
}

static inline uint32_t td_sxtb16(uint32_t x) {
  return td_lanes(td_byte(x, 0), td_byte(x, 2));
}

static inline uint32_t td_sxtab16(uint32_t lanes, uint32_t x) {
  return td_lanes(td_low_lane(lanes) + td_byte(x, 0), td_high_lane(lanes) + td_byte(x, 2));
}

static inline int32_t td_smlad(uint32_t a, uint32_t b, int32_t acc) {
  const int32_t low = td_low_lane(a) * td_low_lane(b);
  const int32_t high = td_high_lane(a) * td_high_lane(b);
  return (int32_t)((uint32_t)acc + (uint32_t)low + (uint32_t)high);
}

/* The high word of a * b, rounded down; the product fits 63 bits. */
static inline int32_t td_high_word(int32_t a, int32_t b) {
#if defined(__ARM_ARCH_6M__)
  /* A Cortex-M0 multiplies 32 by 32 bits to 32: four products of halves. */
  const int32_t low = (int32_t)(((uint32_t)a & 0xffffu) * ((uint32_t)b & 0xffffu) >> 16);
  const int32_t left = (a >> 16) * (int32_t)((uint32_t)b & 0xffffu) + low;
  const int32_t right = (int32_t)((uint32_t)a & 0xffffu) * (b >> 16) + (left & 0xffff);
  return (a >> 16) * (b >> 16) + (left >> 16) + (right >> 16);
#else
  return (int32_t)((int64_t)a * b >> 32);
#endif
}

static inline int32_t td_smmla(int32_t a, int32_t b, int32_t acc) {
  return td_wrapping_add(acc, td_high_word(a, b));
}

#endif
#endif
