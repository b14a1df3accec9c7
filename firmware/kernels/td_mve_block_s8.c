#include "td_mve_block_s8.h"

#include <stddef.h>

#include "td_fixedpoint.h"
#include "td_mve.h"

#if TD_MVE

_Static_assert(sizeof(td_mve_block) == 13 * 4, "loaded at once into r1 to r12 and lr");

/* 16 inputs of four windows times two channels. Sums must be in registers of even number;
 * `multiply` adds to them, or begins them. */
#define STEP(multiply)                                                                             \
  "vldrb.8 q0, [r1], #16\n\t"                                                                      \
  "vldrb.8 q2, [r3], #16\n\t" multiply " r0, q2, q0\n\t"                                           \
  "vldrb.8 q1, [r1], #16\n\t" multiply " r2, q2, q1\n\t"                                           \
  "vldrb.8 q3, [r5], #16\n\t" multiply " r4, q3, q0\n\t" multiply " r6, q3, q1\n\t"                \
  "vldrb.8 q2, [r7], #16\n\t" multiply " r8, q2, q0\n\t" multiply " r10, q2, q1\n\t"               \
  "vldrb.8 q3, [r9], #16\n\t" multiply " r12, q3, q0\n\t" multiply " lr, q3, q1\n\t"

/* The sums of two channels, those of the windows side by side, in `a` and `b`. */
#define PAIR(a, b)                                                                                 \
  "ldm sp, {r3, r5, r7, r9, r11}\n\t" STEP(                                                        \
      "vmladav.s8") "lsrs.w r11, r11, #1\n\t"                                                      \
                    "bcc 3f\n\t" STEP(                                                             \
                        "vmladava.s8") "3:\n\t"                                                    \
                                       "beq 4f\n"                                                  \
                                       "2:\n\t" STEP("vmladava.s8") STEP(                          \
                                           "vmladava.s8") "subs.w r11, r11, #1\n\t"                \
                                                          "bne 2b\n"                               \
                                                          "4:\n\t"                                 \
                                                          "vmov " a "[2], " a "[0], r8, r0\n\t"    \
                                                          "vmov " a "[3], " a "[1], r12, r4\n\t"   \
                                                          "vmov " b "[2], " b "[0], r10, r2\n\t"   \
                                                          "vmov " b "[3], " b "[1], lr, r6\n\t"

/* Lets ties below zero go down. */
#define LINEAR(q)                                                                                  \
  "vshr.s32 q0, " q ", #31\n\t"                                                                    \
  "vadd.i32 " q ", " q ", q0\n\t"

/* On the stack: windows, steps_left, outputs (at 20), weights_end (36), output_zero_point (40),
 * linear (44). */
__attribute__((naked)) void td_mve_block_s8(const td_mve_block *block) {
  (void)block;
  __asm volatile("push {r4-r11, lr}\n\t"
                 "vpush {d8-d15}\n\t"
                 "ldm r0, {r1-r12, lr}\n\t"
                 "push {r2-r12, lr}\n"
                 "1:\n\t"                          /**/
                 PAIR("q4", "q5") PAIR("q6", "q7") /**/
                 "ldm r1!, {r0, r2-r9}\n\t"
                 "vadd.i32 q4, q4, r0\n\t"
                 "vadd.i32 q5, q5, r2\n\t"
                 "vadd.i32 q6, q6, r3\n\t"
                 "vadd.i32 q7, q7, r4\n\t"
                 "ldrd r0, r2, [sp, #40]\n\t"
                 "vqrdmulh.s32 q4, q4, r5\n\t"
                 "vqrdmulh.s32 q5, q5, r6\n\t"
                 "vqrdmulh.s32 q6, q6, r7\n\t"
                 "vqrdmulh.s32 q7, q7, r8\n\t"
                 "cbz r2, 5f\n\t"                                    /**/
                 LINEAR("q4") LINEAR("q5") LINEAR("q6") LINEAR("q7") /**/
                 "5:\n\t"
                 "vrshl.s32 q4, r9\n\t"
                 "lsr r9, r9, #8\n\t"
                 "vrshl.s32 q5, r9\n\t"
                 "lsr r9, r9, #8\n\t"
                 "vrshl.s32 q6, r9\n\t"
                 "lsr r9, r9, #8\n\t"
                 "vrshl.s32 q7, r9\n\t"
                 "vqmovnb.s32 q4, q4\n\t"
                 "vqmovnb.s32 q6, q6\n\t"
                 "vqmovnt.s32 q4, q5\n\t"
                 "vqmovnt.s32 q6, q7\n\t"
                 "vqadd.s16 q4, q4, r0\n\t"
                 "vqadd.s16 q6, q6, r0\n\t"
                 "vqmovnb.s16 q4, q4\n\t"
                 "vqmovnt.s16 q4, q6\n\t"
                 "add r0, sp, #20\n\t"
                 "ldm r0, {r2-r5}\n\t"
                 "vmov r8, r6, q4[2], q4[0]\n\t"
                 "vmov r9, r7, q4[3], q4[1]\n\t"
                 "str r6, [r2], #4\n\t"
                 "str r7, [r3], #4\n\t"
                 "str r8, [r4], #4\n\t"
                 "str r9, [r5], #4\n\t"
                 "stm r0, {r2-r5}\n\t"
                 "ldr r0, [sp, #36]\n\t"
                 "cmp r1, r0\n\t"
                 "bne 1b\n\t"
                 "add sp, #48\n\t"
                 "vpop {d8-d15}\n\t"
                 "pop {r4-r11, pc}");
}

#else

/* The product of a window and a channel's weights, which follow one another with those of another
 * channel between. */
static int32_t product(const int8_t *window, const int8_t *weights, int32_t steps) {
  uint32_t sum = 0;
  for (int32_t step = 0; step < steps; step++) {
    for (int32_t i = 0; i < TD_MVE_BYTES; i++) {
      sum += (uint32_t)(window[i] * weights[i]);
    }
    window += TD_MVE_BYTES;
    weights += 2 * TD_MVE_BYTES;
  }
  return (int32_t)sum;
}

static int32_t word_at(const int8_t *place) {
  int32_t word;
  memcpy(&word, place, sizeof word);
  return word;
}

/* The channel of a quad that is stored at `index`: a, c, b, d. */
static int32_t channel_at(int32_t index) {
  return (index & 1) * 2 + (index >> 1);
}

void td_mve_block_s8(const td_mve_block *block) {
  const int32_t steps = block->steps_left + 1;
  const int8_t *weights = block->weights;
  for (int32_t quad = 0; weights != block->weights_end; quad++) {
    const int8_t *const bias = weights + 4 * TD_MVE_BYTES * steps;
    for (int32_t i = 0; i < 4; i++) {
      const int8_t *const row =
          weights + (i >> 1) * 2 * TD_MVE_BYTES * steps + (i & 1) * TD_MVE_BYTES;
      for (int32_t window = 0; window < 4; window++) {
        const int32_t sum = product(block->windows[window], row, steps);
        const int32_t x = td_wrap_add(sum, word_at(bias + 4 * i));
        const int32_t value = td_requantize(x, word_at(bias + 16 + 4 * i), bias[32 + i]);
        block->outputs[window][4 * quad + channel_at(i)] =
            (int8_t)td_clamp(value + block->output_zero_point, INT8_MIN, INT8_MAX);
      }
    }
    weights = bias + 36;
  }
}

#endif
