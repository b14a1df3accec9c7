/* The DSP extension's halfword instructions that C has no name for, and what they mean in plain C.
 *
 * "Pair" is a word of two signed halfwords, the low one first. */
#ifndef TD_DSP_DW_H
#define TD_DSP_DW_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP && defined(__thumb2__)
#define TD_DSP 1
#else
#define TD_DSP 0
#endif

#define TD_INLINE static inline __attribute__((always_inline))

#define TD_UNROLL_4 _Pragma("GCC unroll 4")

/* A word from any address. */
TD_INLINE uint32_t td_load_word(const void *p) {
  uint32_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

/* A word to any address. */
TD_INLINE void td_store_word(void *p, uint32_t word) {
  memcpy(p, &word, sizeof word);
}

/* A signed halfword from any address. */
TD_INLINE int32_t td_load_half(const void *p) {
  int16_t half;
  memcpy(&half, p, sizeof half);
  return half;
}

TD_INLINE uint32_t td_pair(int32_t low, int32_t high) {
  return ((uint32_t)low & 0xffffu) | (uint32_t)high << 16;
}

TD_INLINE int32_t td_low(uint32_t pair) {
  return (int16_t)pair;
}

TD_INLINE int32_t td_high(uint32_t pair) {
  return (int16_t)(pair >> 16);
}

/* Bytes 0 and 2 of `x`, signed, each plus its half of `pair`. */
TD_INLINE uint32_t td_sxtab16(uint32_t pair, uint32_t x) {
#if TD_DSP
  uint32_t r;
  __asm("sxtab16 %0, %1, %2" : "=r"(r) : "r"(pair), "r"(x));
  return r;
#else
  return td_pair(td_low(pair) + (int8_t)x, td_high(pair) + (int8_t)(x >> 16));
#endif
}

/* Bytes 1 and 3 of `x`, signed, each plus its half of `pair`. */
TD_INLINE uint32_t td_sxtab16_odd(uint32_t pair, uint32_t x) {
#if TD_DSP
  uint32_t r;
  __asm("sxtab16 %0, %1, %2, ror #8" : "=r"(r) : "r"(pair), "r"(x));
  return r;
#else
  return td_sxtab16(pair, x >> 8 | x << 24);
#endif
}

/* The low half of `low` and the high half of `high`. */
TD_INLINE uint32_t td_pack_ends(uint32_t low, uint32_t high) {
#if TD_DSP
  uint32_t r;
  __asm("pkhbt %0, %1, %2" : "=r"(r) : "r"(low), "r"(high));
  return r;
#else
  return (low & 0xffffu) | (high & 0xffff0000u);
#endif
}

/* The low half of `low` and the low half of `high`. */
TD_INLINE uint32_t td_pack_low(uint32_t low, uint32_t high) {
#if TD_DSP
  uint32_t r;
  __asm("pkhbt %0, %1, %2, lsl #16" : "=r"(r) : "r"(low), "r"(high));
  return r;
#else
  return (low & 0xffffu) | high << 16;
#endif
}

/* The high half of `low` and the high half of `high`. */
TD_INLINE uint32_t td_pack_high(uint32_t low, uint32_t high) {
#if TD_DSP
  uint32_t r;
  __asm("pkhtb %0, %1, %2, asr #16" : "=r"(r) : "r"(high), "r"(low));
  return r;
#else
  return low >> 16 | (high & 0xffff0000u);
#endif
}

/* Sums and differences of halves. */
TD_INLINE uint32_t td_sadd16(uint32_t a, uint32_t b) {
#if TD_DSP
  uint32_t r;
  __asm("sadd16 %0, %1, %2" : "=r"(r) : "r"(a), "r"(b) : "cc");
  return r;
#else
  return td_pair(td_low(a) + td_low(b), td_high(a) + td_high(b));
#endif
}

TD_INLINE uint32_t td_ssub16(uint32_t a, uint32_t b) {
#if TD_DSP
  uint32_t r;
  __asm("ssub16 %0, %1, %2" : "=r"(r) : "r"(a), "r"(b) : "cc");
  return r;
#else
  return td_pair(td_low(a) - td_low(b), td_high(a) - td_high(b));
#endif
}

/* The high word of a * b, rounded down; the product fits 63 bits. */
TD_INLINE int32_t td_high_word(int32_t a, int32_t b) {
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

/* The high word of a * b, rounded down, plus `acc`. */
TD_INLINE int32_t td_smmla(int32_t a, int32_t b, int32_t acc) {
#if TD_DSP
  int32_t r;
  __asm("smmla %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
  return r;
#else
  return td_high_word(a, b) + acc;
#endif
}

/* `x` shifted right by 12 bits and saturated to int8. */
TD_INLINE int32_t td_ssat8_asr12(int32_t x) {
#if TD_DSP
  int32_t r;
  __asm("ssat %0, #8, %1, asr #12" : "=r"(r) : "r"(x));
  return r;
#else
  x >>= 12;
  return x < INT8_MIN ? INT8_MIN : (x > INT8_MAX ? INT8_MAX : x);
#endif
}

/* The high word of a * b + 2^31, plus `acc`. */
TD_INLINE int32_t td_smmlar(int32_t a, int32_t b, int32_t acc) {
#if TD_DSP
  int32_t r;
  __asm("smmlar %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
  return r;
#else
  return (int32_t)(((int64_t)a * b + (INT64_C(1) << 31)) >> 32) + acc;
#endif
}

/* `acc` plus the dot product of two pairs, modulo 2^32. */
TD_INLINE int32_t td_smlad(uint32_t a, uint32_t b, int32_t acc) {
#if TD_DSP
  int32_t r;
  __asm("smlad %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
  return r;
#else
  return (int32_t)((uint32_t)acc + (uint32_t)(td_low(a) * td_low(b)) +
                   (uint32_t)(td_high(a) * td_high(b)));
#endif
}

/* `acc` plus the product of two low halves, modulo 2^32. */
TD_INLINE int32_t td_smlabb(uint32_t a, uint32_t b, int32_t acc) {
#if TD_DSP
  int32_t r;
  __asm("smlabb %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
  return r;
#else
  return (int32_t)((uint32_t)acc + (uint32_t)(td_low(a) * td_low(b)));
#endif
}

/* `acc` plus the product of two high halves, modulo 2^32. */
TD_INLINE int32_t td_smlatt(uint32_t a, uint32_t b, int32_t acc) {
#if TD_DSP
  int32_t r;
  __asm("smlatt %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
  return r;
#else
  return (int32_t)((uint32_t)acc + (uint32_t)(td_high(a) * td_high(b)));
#endif
}

#if TD_DSP
/* The larger of each pair of signed bytes. */
TD_INLINE uint32_t td_max8(uint32_t a, uint32_t b) {
  uint32_t r;
  __asm("ssub8 %0, %1, %2\n sel %0, %1, %2" : "=&r"(r) : "r"(a), "r"(b) : "cc");
  return r;
}

/* The smaller of each pair of signed bytes. */
TD_INLINE uint32_t td_min8(uint32_t a, uint32_t b) {
  uint32_t r;
  __asm("ssub8 %0, %1, %2\n sel %0, %2, %1" : "=&r"(r) : "r"(a), "r"(b) : "cc");
  return r;
}

/* `x` saturated to int8. */
TD_INLINE int32_t td_ssat8(int32_t x) {
  int32_t r;
  __asm("ssat %0, #8, %1" : "=r"(r) : "r"(x));
  return r;
}
#endif

#endif
