/* The block of td_packed_block_s8.h with M-profile vector instructions.
 *
 * The packed weights become plain int8 again, 16 at a time, and meet plain inputs: an activation
 * word is four of them, in the order of the packed weights. What the format of td_packed.h takes
 * off the even inputs, 127, is taken off the sums. */
#ifndef TD_PACKED_MVE_H
#define TD_PACKED_MVE_H

#include <arm_mve.h>
#include <stddef.h>

#include "td_packed_block_s8.h"
#include "td_packed_finish_s8.h"

/* Plain weights, each pair swapped: a negative odd one has taken 1 off the even one above it. */
static inline int8x16_t td_packed_plain(uint32x4_t words) {
  const int16x8_t odd = vmovlbq_s8(vreinterpretq_s8_u32(words));
  const uint16x8_t borrowed = vbicq_n_u16(vreinterpretq_u16_s16(odd), 0xff);
  return vreinterpretq_s8_u8(vsubq_u8(vreinterpretq_u8_u32(words), vreinterpretq_u8_u16(borrowed)));
}

/* Words `step` apart, those of the first `count` of four. */
static inline uint32x4_t td_packed_gather(const void *words, uint32_t step, int32_t count) {
  const uint32x4_t offsets = vmulq_n_u32(vidupq_n_u32(0, 1), 4u * step);
  return vldrwq_gather_offset_z_u32((const uint32_t *)words, offsets, vctp32q((uint32_t)count));
}

/* What comes off a channel's sum, -127 times its even weights. `step`: from a group's word to the
 * next one's. */
static inline int32_t td_packed_mve_offset(const int8_t *w, uint32_t step, int32_t groups) {
  const int8x16_t even = vreinterpretq_s8_u16(vdupq_n_u16(0x8100)); /* 0, -127, 0, -127, … */
  int32_t sum = 0;
  for (; groups > 0; groups -= 4) {
    sum = vmladavaq_s8(sum, even, td_packed_plain(td_packed_gather(w, step, groups)));
    w += 16 * step;
  }
  return sum;
}

/* The sum of a channel over one pixel, without that. */
static inline int32_t td_packed_mve_sum(const uint32_t *acts, int32_t pixels, const int8_t *w,
                                        uint32_t step, int32_t groups, int32_t sum) {
  for (; groups > 0; groups -= 4) {
    const int8x16_t weights = td_packed_plain(td_packed_gather(w, step, groups));
    const uint32x4_t inputs = td_packed_gather(acts, (uint32_t)pixels, groups);
    sum = vmladavaq_s8(sum, vreinterpretq_s8_u32(inputs), weights);
    acts += 4 * pixels;
    w += 16 * step;
  }
  return sum;
}

/* A sum as the biases are scaled. */
static inline int32_t td_packed_mve_scaled(int32_t sum) {
  return (int32_t)((uint32_t)sum << 8);
}

/* Takes the offsets off the biases once and for all, where there is room for those: in their own
 * place, when that is before the activations in scratch memory, else behind these, which take half
 * of the room that they have. */
static void td_packed_mve_fold(td_packed_block *b) {
  const int32_t channels = td_packed_paired(b->channels);
  const uintptr_t acts = (uintptr_t)b->acts;
  const int32_t *const end = b->bias + channels;
  /* Unpacked multipliers may lie between the biases and the activations. */
  const int32_t in_place =
      (uintptr_t)end == acts || (end == b->multiplier && (uintptr_t)(end + channels) == acts);
  b->folded = !b->parts.groups && (in_place || channels <= 4 * b->groups);
  if (b->folded) {
    int32_t *const folded =
        (int32_t *)(in_place ? (uintptr_t)b->bias : acts) + (in_place ? 0 : 4 * b->groups);
    const int8_t *w = b->filter;
    for (int32_t c = 0; c < channels; c++) {
      const int32_t offset = td_packed_mve_offset(w, 2, b->groups);
      folded[c] = td_wrapping_add(b->bias[c], td_packed_mve_scaled(offset));
      w += c & 1 ? 8 * b->groups - 4 : 4;
    }
    b->bias = folded;
  }
}

/* The sums of two channels over four pixels, to sums[4 * pixel] and the next. A sum must be in a
 * register of even number while it grows; these are all there are. `gather` is 0, 4, 8, 12. */
static inline void td_packed_mve_sum_pair(const td_packed_block *b, const int8_t *weights,
                                          uint32x4_t gather, int32_t *sums) {
  register const uint32_t *acts __asm("r1") = b->acts;
  register const int8_t *w __asm("r3") = weights;
  register int32_t passes __asm("r5") = b->groups >> 2;
  register int32_t left __asm("r7") = b->groups & 3;
  register uint32x4_t offsets __asm("q3") = gather;
  __asm volatile("movs r0, #0\n\t"
                 "movs r2, #0\n\t"
                 "movs r4, #0\n\t"
                 "movs r6, #0\n\t"
                 "mov r8, r0\n\t"
                 "mov r10, r0\n\t"
                 "mov r12, r0\n\t"
                 "mov lr, r0\n\t"
                 "cbz r5, 2f\n"
                 "1:\n\t"
                 "vld20.32 {q0, q1}, [r3]\n\t"
                 "vld21.32 {q0, q1}, [r3]!\n\t"
                 "vmovlb.s8 q2, q0\n\t"
                 "vbic.i16 q2, #255\n\t"
                 "vsub.i8 q0, q0, q2\n\t"
                 "vmovlb.s8 q2, q1\n\t"
                 "vbic.i16 q2, #255\n\t"
                 "vsub.i8 q1, q1, q2\n\t"
                 "vld40.32 {q4, q5, q6, q7}, [r1]\n\t"
                 "vld41.32 {q4, q5, q6, q7}, [r1]\n\t"
                 "vld42.32 {q4, q5, q6, q7}, [r1]\n\t"
                 "vld43.32 {q4, q5, q6, q7}, [r1]!\n\t"
                 "vmladava.s8 r0, q4, q0\n\t"
                 "vmladava.s8 r2, q4, q1\n\t"
                 "vmladava.s8 r4, q5, q0\n\t"
                 "vmladava.s8 r6, q5, q1\n\t"
                 "vmladava.s8 r8, q6, q0\n\t"
                 "vmladava.s8 r10, q6, q1\n\t"
                 "vmladava.s8 r12, q7, q0\n\t"
                 "vmladava.s8 lr, q7, q1\n\t"
                 "subs r5, #1\n\t"
                 "bne 1b\n"
                 "2:\n\t"
                 "cbz r7, 3f\n\t"
                 "vctp.32 r7\n\t"
                 "vshr.u32 q2, q3, #1\n\t"
                 "vpst\n\t"
                 "vldrwt.u32 q0, [r3, q2, uxtw #2]\n\t"
                 "adds r3, #4\n\t"
                 "vpst\n\t"
                 "vldrwt.u32 q1, [r3, q2, uxtw #2]\n\t"
                 "vmovlb.s8 q2, q0\n\t"
                 "vbic.i16 q2, #255\n\t"
                 "vsub.i8 q0, q0, q2\n\t"
                 "vmovlb.s8 q2, q1\n\t"
                 "vbic.i16 q2, #255\n\t"
                 "vsub.i8 q1, q1, q2\n\t"
                 "vpst\n\t"
                 "vldrwt.u32 q4, [r1, q3, uxtw #2]\n\t"
                 "adds r1, #4\n\t"
                 "vpst\n\t"
                 "vldrwt.u32 q5, [r1, q3, uxtw #2]\n\t"
                 "adds r1, #4\n\t"
                 "vpst\n\t"
                 "vldrwt.u32 q6, [r1, q3, uxtw #2]\n\t"
                 "adds r1, #4\n\t"
                 "vpst\n\t"
                 "vldrwt.u32 q7, [r1, q3, uxtw #2]\n\t"
                 "vmladava.s8 r0, q4, q0\n\t"
                 "vmladava.s8 r2, q4, q1\n\t"
                 "vmladava.s8 r4, q5, q0\n\t"
                 "vmladava.s8 r6, q5, q1\n\t"
                 "vmladava.s8 r8, q6, q0\n\t"
                 "vmladava.s8 r10, q6, q1\n\t"
                 "vmladava.s8 r12, q7, q0\n\t"
                 "vmladava.s8 lr, q7, q1\n"
                 "3:\n\t"
                 "strd r0, r2, [%[sums]]\n\t"
                 "strd r4, r6, [%[sums], #16]\n\t"
                 "strd r8, r10, [%[sums], #32]\n\t"
                 "strd r12, lr, [%[sums], #48]"
                 : "+r"(acts), "+r"(w), "+r"(passes), "+r"(left)
                 : [sums] "r"(sums), "w"(offsets)
                 : "r0", "r2", "r4", "r6", "r8", "r10", "r12", "lr", "q0", "q1", "q2", "q4", "q5",
                   "q6", "q7", "cc", "memory");
}

/* What comes off a pair's sums, where the biases do not have it. */
static inline void td_packed_mve_take_off(const td_packed_block *b, const int8_t *w,
                                          int32_t *sums) {
  for (int32_t c = 0; c < 2 && !b->folded; c++) {
    const int32_t offset = td_packed_mve_offset(w + 4 * c, 2, b->groups);
    for (int32_t pixel = 0; pixel < 4; pixel++) {
      sums[4 * pixel + c] += offset;
    }
  }
}

/* The outputs of four channels from `c` on, for four pixels. */
static __attribute__((noinline)) void td_packed_mve_put(const td_packed_block *b, int32_t c,
                                                        const int32_t *sums, int8_t *output) {
  const int32x4_t bias = vldrwq_s32(b->bias + c);
  const int32x4_t multiplier = vldrwq_s32(b->multiplier + c);
  const int32x4_t lowest = vdupq_n_s32(b->requant.activation_min);
  const int32x4_t highest = vdupq_n_s32(b->requant.activation_max);
  int32x4_t half = vdupq_n_s32(b->requant.half);
  int32x4_t right = vdupq_n_s32(-12);
  int32x4_t round = vdupq_n_s32(b->requant.round);
  if (b->shift) {
    right = vnegq_s32(vldrbq_s32(b->shift + c));
    round = vshlq_s32(round, vsubq_s32(vdupq_n_s32(-1), right));
  } else {
    half = vshlq_s32(vdupq_n_s32(128), vnegq_s32(vclzq_s32(multiplier)));
  }
  round = vaddq_s32(round, half);
  half = vshlq_n_s32(half, 1);
  if (b->mode == TD_PACKED_RELU) {
    for (int32_t pixel = 0; pixel < 4; pixel++) {
      const int32x4_t x = vaddq_s32(vshlq_n_s32(vldrwq_s32(sums + 4 * pixel), 8), bias);
      const int32x4_t value = vshrq_n_s32(vaddq_s32(vmulhq_s32(x, multiplier), round), 12);
      vstrbq_s32(output, vminq_s32(vmaxq_s32(value, lowest), highest));
      output += b->stride;
    }
    return;
  }
  for (int32_t pixel = 0; pixel < 4; pixel++) {
    const int32x4_t x = vaddq_s32(vshlq_n_s32(vldrwq_s32(sums + 4 * pixel), 8), bias);
    int32x4_t value = vaddq_s32(vmulhq_s32(x, multiplier), round);
    value = vsubq_s32(value, vandq_s32(vshrq_n_s32(x, 31), half));
    value = vshlq_s32(value, right);
    vstrbq_s32(output, vminq_s32(vmaxq_s32(value, lowest), highest));
    output += b->stride;
  }
}

/* The channels of four pixels, two at a time. */
static void td_packed_mve_pairs_of_4(const td_packed_block *b, int8_t *output) {
  const int8_t *w = b->filter;
  const int32_t channels = (int32_t)(b->bias_of_pairs_end - b->bias);
  const uint32x4_t gather = vidupq_n_u32(0, 4);
  for (int32_t c = 0; c < channels; c += 4) {
    int32_t sums[16];
    const int8_t *const next = w + 8 * b->groups;
    td_packed_mve_sum_pair(b, w, gather, sums);
    td_packed_mve_take_off(b, w, sums);
    if (c + 4 <= channels) {
      td_packed_mve_sum_pair(b, next, gather, sums + 2);
      td_packed_mve_take_off(b, next, sums + 2);
      td_packed_mve_put(b, c, sums, output + c);
    } else {
      for (int32_t i = 0; i < 8; i++) { /* pixel by pixel, the two channels side by side */
        const int32_t sum = td_packed_mve_scaled(sums[i / 2 * 4 + i % 2]);
        sums[i] = td_wrapping_add(sum, b->bias[c + i % 2]);
      }
      td_packed_finish_s8(b, b->bias + c + 2, sums, output + c);
    }
    w = next + 8 * b->groups;
  }
}

/* The same for any number of pixels, or when the sums are parts. */
static void td_packed_mve_pairs(const td_packed_block *b, int8_t *output) {
  const int8_t *w = b->filter;
  for (const int32_t *bias = b->bias; bias != b->bias_of_pairs_end; output += 2) {
    int32_t sums[8];
    for (int32_t c = 0; c < 2; c++) {
      const int8_t *const weights = w + 4 * c;
      const int32_t offset = b->folded ? 0 : td_packed_mve_offset(weights, 2, b->groups);
      for (int32_t i = 0; i < b->pixels; i++) {
        const int32_t sum =
            td_packed_mve_sum(b->acts + i, b->pixels, weights, 2, b->groups, offset);
        sums[2 * i + c] = td_wrapping_add(bias[c], td_packed_mve_scaled(sum));
      }
    }
    bias += 2;
    w += 8 * b->groups;
    td_packed_finish_s8(b, bias, sums, output);
  }
}

#endif
