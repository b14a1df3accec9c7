/* What the inner routines of the 3x3 depthwise kernels run: blocks of outputs of one channel, in
 * lines.
 *
 * The routines in assembly read the members in their order. Steps are in bytes. */
#ifndef TD_DEPTHWISE_GRID_H
#define TD_DEPTHWISE_GRID_H

#include "td_dsp_dw.h"

#define TD_DW_SHIFT 12 /* right shift of every accumulator */

typedef struct {
  uint32_t head[3];
  uint32_t tail[3];
  int32_t bias;
  int32_t multiplier;
  int32_t rounding;
  int32_t negative_rounding; /* for negative accumulators, in the linear kernels */
  uint32_t low;              /* the activation's bounds, twice, in the clamping kernels */
  uint32_t high;
} td_depthwise_channel;

typedef struct {
  int32_t right; /* from an output to its neighbours in the block */
  int32_t below;
  int32_t output_line; /* from the end of a line to the start of the next */
  int32_t plane_line;
  int32_t lines;
  int32_t blocks;      /* in a line */
  int32_t output_step; /* from block to block */
  int32_t plane_step;
  int32_t end;  /* a place for the routine's end of a line */
  int32_t pair; /* from a pair of columns in the planes to the next */
} td_depthwise_walk;

/* Sets the steps of a walk over `rows` x `columns` blocks, along the longer direction. */
static inline void td_depthwise_steps(td_depthwise_walk *walk, int32_t rows, int32_t columns,
                                      int32_t output_down, int32_t output_right, int32_t plane_down,
                                      int32_t plane_right) {
  walk->blocks = rows;
  walk->lines = columns;
  if (rows < columns) {
    const int32_t steps[2] = {output_down, plane_down};
    walk->blocks = columns;
    walk->lines = rows;
    output_down = output_right;
    output_right = steps[0];
    plane_down = plane_right;
    plane_right = steps[1];
  }
  walk->output_step = output_down;
  walk->plane_step = plane_down;
  walk->output_line = output_right - walk->blocks * output_down;
  walk->plane_line = plane_right - walk->blocks * plane_down;
}

#if TD_DSP
/* clang-format off */

/* The routines in assembly. r0: the planes, r1: the output, r4-r9: weights, sp: bias, output_step,
 * plane_step, where in the planes the line ends, pair, multiplier, rounding, the walk up to `blocks`, and,
 * when linear, a place for r0 and the rounding of negative accumulators, and, when clamping, the bounds. lr points one pair beyond r0, r2
 * is the bias. r2 and r10-r12 accumulate, r3 holds a word of the planes; after that lr is free as well. */
#define TD_GRID_ROUTINE(name)                                                                     \
  __attribute__((naked, noinline)) static void name(                                              \
      __attribute__((unused)) const uint32_t *planes, __attribute__((unused)) int8_t *output,     \
      __attribute__((unused)) const td_depthwise_channel *channel,                                \
      __attribute__((unused)) const td_depthwise_walk *walk)

#if TD_DW_LINEAR
#if TD_DW_CLAMP
#define TD_GRID_PUSH "push {r4-r11, lr}\n ldr r10, [r2, #36]\n ldrd r11, r12, [r2, #40]\n push {r9-r12}\n"
#define TD_GRID_POP "add sp, #68\n pop {r4-r11, pc}\n"
#else
#define TD_GRID_PUSH "push {r4-r11, lr}\n ldr r10, [r2, #36]\n push {r9, r10}\n"
#define TD_GRID_POP "add sp, #60\n pop {r4-r11, pc}\n"
#endif
#define TD_GRID_SCALE "ldrd r3, lr, [sp, #20]\n str r0, [sp, #52]\n ldr r0, [sp, #56]\n"
#define TD_ACC(acc) \
  "cmp " acc ", #0\n ite ge\n smmlage " acc ", " acc ", r3, lr\n smmlalt " acc ", " acc ", r3, r0\n"
#define TD_GRID_NEIGHBOURS "ldr r0, [sp, #52]\n ldrd r3, lr, [sp, #28]\n add lr, r1\n"
#else
#define TD_GRID_PUSH "push {r4-r11, lr}\n"
#define TD_GRID_POP "add sp, #52\n pop {r4-r11, pc}\n"
#define TD_GRID_SCALE "ldrd r3, lr, [sp, #20]\n"
#define TD_ACC(acc) "smmla " acc ", " acc ", r3, lr\n"
#define TD_GRID_NEIGHBOURS "ldrd r3, lr, [sp, #28]\n add lr, r1\n"
#endif

#define TD_SATURATE(acc) "ssat " acc ", #8, " acc ", asr #12\n"

/* Two outputs in a pair are clamped at once to the bounds in r0 and r3. */
#define TD_CLAMP_PAIR(first, second) \
  TD_SATURATE(first) TD_SATURATE(second) \
  "pkhbt " first ", " first ", " second ", lsl #16\n" \
  "ssub16 lr, " first ", r0\n sel " first ", " first ", r0\n" \
  "ssub16 lr, r3, " first "\n sel " first ", " first ", r3\n" \
  "lsr " second ", " first ", #16\n"

#if TD_DW_CLAMP
#define TD_GRID_BOUNDS "ldrd r0, r3, [sp, #60]\n"
#define TD_GRID_CLAMP_4 TD_GRID_BOUNDS TD_CLAMP_PAIR("r2", "r10") TD_CLAMP_PAIR("r11", "r12")
#define TD_GRID_CLAMP_2 TD_GRID_BOUNDS TD_CLAMP_PAIR("r2", "r11")
#define TD_PUT(acc, where) "strb " acc ", [" where "]\n"
#else
#define TD_GRID_CLAMP_4
#define TD_GRID_CLAMP_2
#define TD_PUT(acc, where) TD_SATURATE(acc) "strb " acc ", [" where "]\n"
#endif

/* `more` is done at the begin of a line, and of what leads to the next block. */
#define TD_GRID_ENTER(more) \
  TD_GRID_PUSH \
  "ldm r3!, {r4-r9}\n" \
  "push {r4-r9}\n" \
  "ldrd r10, r11, [r2, #28]\n" \
  "push {r10, r11}\n" \
  "ldm r3, {r4-r7}\n" \
  "ldr r3, [r2, #24]\n" \
  "push {r3-r7}\n" \
  "ldm r2, {r4-r9}\n" \
  "1:\n" \
  "ldr r3, [sp, #48]\n" \
  "ldr r2, [sp, #8]\n" \
  "mla r3, r3, r2, r0\n" \
  "str r3, [sp, #12]\n" \
  "ldr lr, [sp, #16]\n" \
  "add lr, r0\n" \
  "ldr r2, [sp]\n" \
  more \
  "2:\n"

#define TD_GRID_LEAVE(more) \
  "ldm sp, {r2, r3, r10, r11, lr}\n" \
  "add r1, r3\n" \
  "add r0, r10\n" \
  more \
  "add lr, r0\n" \
  "cmp r0, r11\n" \
  "bne 2b\n" \
  "ldrd r3, lr, [sp, #36]\n" \
  "add r1, r3\n" \
  "add r0, lr\n" \
  "ldr r3, [sp, #44]\n" \
  "subs r3, #1\n" \
  "str r3, [sp, #44]\n" \
  "bne 1b\n" \
  TD_GRID_POP

/* clang-format on */
#else
/* high32(acc * multiplier), rounded, shifted, saturated and clamped. */
TD_INLINE int8_t td_depthwise_output(const td_depthwise_channel *channel, int32_t acc) {
  const int32_t high = td_high_word(acc, channel->multiplier);
  const int32_t rounding = TD_DW_LINEAR && acc < 0 ? channel->negative_rounding : channel->rounding;
  const int32_t value = (high + rounding) >> TD_DW_SHIFT;
  const int32_t low = TD_DW_CLAMP ? td_low(channel->low) : INT8_MIN;
  const int32_t top = TD_DW_CLAMP ? td_low(channel->high) : INT8_MAX;
  return (int8_t)(value < low ? low : (value > top ? top : value));
}
#endif

#endif
