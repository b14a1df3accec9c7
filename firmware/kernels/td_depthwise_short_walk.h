/* How the kernels for short windows walk a channel's outputs, with all weights in registers: with
 * TD_DW_ROWS 1 windows of 1x3, four outputs side by side, with 2 windows of 2x2, two by two. */
#ifndef TD_DEPTHWISE_SHORT_WALK_H
#define TD_DEPTHWISE_SHORT_WALK_H

#include "td_depthwise_record.h"
#include "td_depthwise_window.h"
#include "td_planar.h"

typedef td_depthwise_window_params params;

/* Lines of blocks, which go down the planes. The routines in assembly read the members in their
 * order; steps are in bytes. */
typedef struct {
  int32_t last;        /* from the first output to the last at its side, or 0: there is none */
  int32_t below;       /* 2x2: from an output to that below; 0: there is none */
  int32_t output_step; /* from block to block */
  int32_t place;       /* for the routine's end of a line */
  int32_t output_line; /* from the end of a line to the start of the next */
  int32_t plane_line;
  int32_t line_bytes; /* in the planes, of all blocks of a line */
  int32_t lines;
  int32_t negative_rounding;
  uint32_t low; /* the activation's bounds, twice */
  uint32_t high;
  int32_t right;       /* 1x3: from an output to that at its side */
  int32_t along;       /* in the planes, from a pair of columns to the next */
  int32_t plane_step;  /* in the planes, from block to block */
  uint32_t weights[2]; /* pairs: of 1x3 the first two and, exchanged, the last two */
  int32_t bias;
  int32_t multiplier;
  int32_t rounding;
} td_window_walk;

#if TD_DSP
/* clang-format off */

/* r0: planes, r1: output, r3, r4: weights, r5: bias, r6: multiplier, r7: rounding, r8-r11 accumulate; sp: the walk
 * up to `plane_step`. */
#define TD_SHORT_ENTER \
  "push {r4-r11, lr}\n sub sp, #56\n mov r12, sp\n" \
  "ldm r2!, {r3-r9}\n stm r12!, {r3-r9}\n ldm r2!, {r3-r9}\n stm r12!, {r3-r9}\n ldm r2, {r3-r7}\n" \
  "1:\n ldr r8, [sp, #24]\n add r8, r0\n str r8, [sp, #12]\n"
#define TD_SHORT_LEAVE \
  "ldrd r8, r9, [sp, #16]\n add r1, r8\n add r0, r9\n ldr r8, [sp, #28]\n subs r8, #1\n" \
  "str r8, [sp, #28]\n bne.w 1b\n add sp, #56\n pop {r4-r11, pc}\n"

#if TD_DW_LINEAR
#define TD_SHORT_ACC(acc) \
  "cmp " acc ", #0\n ite ge\n smmlage " acc ", " acc ", r6, r7\n smmlalt " acc ", " acc ", r6, r12\n" \
  "ssat " acc ", #8, " acc ", asr #12\n"
#define TD_SHORT_NEGATIVE "ldr r12, [sp, #32]\n"
#else
#define TD_SHORT_ACC(acc) "smmla " acc ", " acc ", r6, r7\n ssat " acc ", #8, " acc ", asr #12\n"
#define TD_SHORT_NEGATIVE
#endif
#define TD_SHORT_SCALE \
  TD_SHORT_NEGATIVE TD_SHORT_ACC("r8") TD_SHORT_ACC("r9") TD_SHORT_ACC("r10") TD_SHORT_ACC("r11")

/* Two outputs in a pair are clamped at once to the bounds in r2 and r12. */
#define TD_SHORT_PAIR(first, second) \
  "pkhbt " first ", " first ", " second ", lsl #16\n" \
  "ssub16 " second ", " first ", r2\n sel " first ", " first ", r2\n" \
  "ssub16 " second ", r12, " first "\n sel " first ", " first ", r12\n asr " second ", " first ", #16\n"
#if TD_DW_CLAMP
#define TD_SHORT_CLAMP "ldrd r2, r12, [sp, #36]\n" TD_SHORT_PAIR("r8", "r9") TD_SHORT_PAIR("r10", "r11")
#else
#define TD_SHORT_CLAMP
#endif

#if TD_DW_ROWS == 1
/* Blocks of 1x4 outputs. r2 is `along`, lr `right`. */
__attribute__((naked, noinline)) static void convolve_blocks(
    __attribute__((unused)) const uint32_t *planes, __attribute__((unused)) int8_t *output,
    __attribute__((unused)) const td_window_walk *walk) {
  __asm(TD_SHORT_ENTER
        "ldrd lr, r2, [sp, #44]\n"
        "2:\n"
        "ldr r8, [r0]\n ldr r9, [r0, r2]\n ldr r12, [r0, r2, lsl #1]\n"
        "smlad r10, r8, r3, r5\n smlatb r8, r8, r3, r5\n smlabb r10, r9, r4, r10\n smladx r8, r9, r4, r8\n"
        "smlad r11, r9, r3, r5\n smlatb r9, r9, r3, r5\n smlabb r11, r12, r4, r11\n smladx r9, r12, r4, r9\n"
        TD_SHORT_SCALE TD_SHORT_CLAMP
        "ldr r12, [sp]\n strb r9, [r1, r12]\n strb r11, [r1, lr, lsl #1]\n strb r8, [r1, lr]\n strb r10, [r1]\n"
#if TD_DW_CLAMP
        "ldr r2, [sp, #48]\n"
#endif
        "ldr r12, [sp, #52]\n"
        "ldrd r8, r9, [sp, #8]\n"
        "add r0, r12\n"
        "add r1, r8\n"
        "cmp r0, r9\n"
        "bne.w 2b\n"
        TD_SHORT_LEAVE);
}
#else
/* Blocks of 2x2 outputs, r8, r9 above r10, r11. lr is a pair of columns beyond r0; of the second, low and high
 * halves change places with those of the first, and weights meet the wrong ones. */
__attribute__((naked, noinline)) static void convolve_blocks(
    __attribute__((unused)) const uint32_t *planes, __attribute__((unused)) int8_t *output,
    __attribute__((unused)) const td_window_walk *walk) {
  __asm(TD_SHORT_ENTER
        "ldr lr, [sp, #48]\n"
        "add lr, r0\n"
        "2:\n"
        "ldr r12, [r0]\n ldr r2, [lr]\n"
        "smlad r8, r12, r3, r5\n pkhbt r2, r2, r12\n smladx r9, r2, r3, r5\n"
        "ldr r12, [r0, #16]\n ldr r2, [lr, #16]\n"
        "smlad r8, r12, r4, r8\n smlad r10, r12, r3, r5\n pkhbt r2, r2, r12\n"
        "smladx r9, r2, r4, r9\n smladx r11, r2, r3, r5\n"
        "ldr r12, [r0, #32]!\n ldr r2, [lr, #32]!\n"
        "smlad r10, r12, r4, r10\n pkhbt r2, r2, r12\n smladx r11, r2, r4, r11\n"
        TD_SHORT_SCALE TD_SHORT_CLAMP
        "ldrd r12, r2, [sp]\n add r2, r1\n"
        "strb r11, [r2, r12]\n strb r10, [r2]\n strb r9, [r1, r12]\n strb r8, [r1]\n"
        "ldrd r2, r12, [sp, #8]\n"
        "add r1, r2\n"
        "cmp r0, r12\n"
        "bne.w 2b\n"
        TD_SHORT_LEAVE);
}
#endif
/* clang-format on */
#else
static int8_t requantize(const td_window_walk *l, int32_t acc) {
  const int32_t rounding = TD_DW_LINEAR && acc < 0 ? l->negative_rounding : l->rounding;
  const int32_t value = (td_high_word(acc, l->multiplier) + rounding) >> TD_DW_SHIFT;
  const int32_t low = TD_DW_CLAMP ? td_low(l->low) : INT8_MIN;
  const int32_t top = TD_DW_CLAMP ? td_low(l->high) : INT8_MAX;
  return (int8_t)(value < low ? low : (value > top ? top : value));
}

/* The output whose window begins in column `x` of the words from `plane` on. */
static int8_t convolve_one(const td_window_walk *l, const uint32_t *plane, int32_t x) {
  int32_t acc = l->bias;
  for (int32_t y = 0; y < TD_DW_ROWS; y++) {
    int32_t a[3];
    for (int32_t k = 0; k < 3; k++) {
      const uint32_t word = plane[y * (TD_PLANAR_ROW_BYTES / 4) + (x + k) / 2 * (l->along / 4)];
      a[k] = (x + k) % 2 ? td_high(word) : td_low(word);
    }
    acc += a[0] * td_low(l->weights[y]) + a[1] * td_high(l->weights[y]);
    acc += TD_DW_ROWS == 1 ? a[2] * td_low(l->weights[1]) : 0;
  }
  return requantize(l, acc);
}

static void convolve_blocks(const uint32_t *planes, int8_t *output, const td_window_walk *walk) {
  const td_window_walk l = *walk;
  for (int32_t n = 0; n < l.lines; n++) {
    const uint32_t *const end = planes + l.line_bytes / 4;
    do {
#if TD_DW_ROWS == 1
      if (l.last != 0) {
        output[l.last] = convolve_one(&l, planes, 3);
      }
      output[2 * l.right] = convolve_one(&l, planes, 2);
      output[l.right] = convolve_one(&l, planes, 1);
      output[0] = convolve_one(&l, planes, 0);
#else
      const uint32_t *const lower = planes + TD_PLANAR_ROW_BYTES / 4;
      if (l.below != 0) {
        output[l.below + l.last] = convolve_one(&l, lower, 1);
        output[l.below] = convolve_one(&l, lower, 0);
      }
      output[l.last] = convolve_one(&l, planes, 1);
      output[0] = convolve_one(&l, planes, 0);
#endif
      output += l.output_step;
      planes += l.plane_step / 4;
    } while (planes != end);
    output += l.output_line;
    planes += l.plane_line / 4;
  }
}
#endif

#include "td_depthwise_lines.h"

static int32_t row_words(const params *p, int32_t *runs) {
  (void)p;
  *runs = 1;
  return 2;
}

/* The channel's taps, scaled, as they lie in the record. */
static void spread(const params *p, const uint8_t *taps, uint32_t shift, td_window_walk *l,
                   int16_t *weights) {
  int32_t w[2 + TD_DW_ROWS];
  for (int32_t k = 0; k < 2 + TD_DW_ROWS; k++) {
    w[k] = (int32_t)((uint32_t)(int8_t)taps[k] << shift);
  }
  (void)p;
  (void)weights;
#if TD_DW_ROWS == 1
  l->weights[0] = td_pair(w[0], w[1]);
  l->weights[1] = td_pair(w[2], w[1]);
#else
  l->weights[0] = td_pair(w[0], w[2]);
  l->weights[1] = td_pair(w[1], w[3]);
#endif
}

/* What a walk has in common for all channels. */
static td_window_walk prepare(const params *p, const td_planar *planar, const uint32_t *weights) {
  td_window_walk l;
  (void)weights;
  memset(&l, 0, sizeof l);
  l.along = planar->rows * TD_PLANAR_ROW_BYTES;
  l.plane_step = TD_DW_ROWS * TD_PLANAR_ROW_BYTES;
  l.low = td_pair(p->activation_min, p->activation_min);
  l.high = td_pair(p->activation_max, p->activation_max);
  return l;
}

#if TD_DW_ROWS == 1
/* `rows` output rows of a channel, at least three columns wide, four columns at a time; the last
 * three or four of them may come once more. */
static void convolve_rows(const params *p, td_window_walk *l, int32_t rows, int32_t pair,
                          const uint32_t *planes, int8_t *output) {
  const int32_t right = p->output_right;
  const int32_t odd = p->output_width & 1;
  const int32_t x = p->output_width - 4 + odd;
  l->right = right;
  l->last = 3 * right;
  if (rows == 1) {
    l->output_step = 4 * right;
    l->plane_step = 2 * pair;
    run(l, p->output_width / 4, 1, 0, 0, planes, output);
  } else {
    l->output_step = p->output_down;
    l->plane_step = TD_PLANAR_ROW_BYTES;
    run(l, rows, p->output_width / 4, 4 * right, 2 * pair, planes, output);
  }
  if (p->output_width % 4) {
    l->last = odd ? 0 : 3 * right;
    run(l, rows, 1, 0, 0, planes + x / 2 * (pair / 4), output + x * right);
  }
}
#else
/* `rows` output rows of a channel, two columns of two rows at a time, then what is left over. */
static void convolve_rows(const params *p, td_window_walk *l, int32_t rows, int32_t pair,
                          const uint32_t *planes, int8_t *output) {
  const int32_t columns = p->output_width / 2;
  for (int32_t odd = 0; odd < 2; odd++) {
    const int32_t blocks = odd ? rows & 1 : rows / 2;
    const int32_t y = odd ? rows - 1 : 0;
    const uint32_t *from = planes + y * (TD_PLANAR_ROW_BYTES / 4);
    int8_t *to = output + y * p->output_down;
    l->below = odd ? 0 : p->output_down;
    l->output_step = 2 * p->output_down;
    l->last = p->output_right;
    run(l, blocks, columns, 2 * p->output_right, pair, from, to);
    l->last = 0;
    run(l, blocks, p->output_width & 1, 0, 0, from + columns * (pair / 4),
        to + 2 * columns * p->output_right);
  }
}
#endif

#endif
