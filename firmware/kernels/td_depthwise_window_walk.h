/* How the kernels for any window walk a channel's outputs: blocks of two rows and columns, and what
 * is left over of them. */
#ifndef TD_DEPTHWISE_WINDOW_WALK_H
#define TD_DEPTHWISE_WINDOW_WALK_H

#include "td_depthwise_record.h"
#include "td_depthwise_window_blocks.h"
#include "td_planar.h"

#include "td_depthwise_lines.h"

#define STEP_DOWN_BYTES 28 /* of code, in convolve_blocks */
#define STEP_ALONG_BYTES 32
#define BRANCH_BYTES 4

typedef td_depthwise_window_params params;

/* Words of a filter row. A single row of more than TD_WINDOW_WORDS has several inner runs, all as
 * long, the last one with zeros at its end. */
static int32_t row_words(const params *p, int32_t *runs) {
  const int32_t words = (p->filter_width - 1 + p->stride_width) / 2 + 1;
  *runs = p->filter_height > 1 ? 1 : (words + TD_WINDOW_WORDS - 1) / TD_WINDOW_WORDS;
  return (words + *runs - 1) / *runs * *runs;
}

/* Where the halfword for column `x` of a row lies: words are `word` halfwords apart. */
static int32_t half_of(int32_t x, int32_t word) {
  return (x >> 1) * word + (x & 1);
}

TD_INLINE int16_t scaled(uint8_t tap, uint32_t shift) {
  return (int16_t)((uint32_t)(int8_t)tap << shift);
}

/* The channel's taps, scaled, into the halfwords that they always have: column x of the left output
 * is column x, of the right one `stride_width` further. */
static void spread(const params *p, const uint8_t *taps, uint32_t shift, const td_window_walk *l,
                   int16_t *weights) {
  const int32_t stride = p->stride_width;
  if (l->down) {
    for (int32_t x = 0; x < p->filter_width; x++) {
      int16_t *left = weights + half_of(x, 4 * l->inner);
      int16_t *right = weights + half_of(x + stride, 4 * l->inner) + 2;
      for (int32_t y = l->inner; y > 0; y--) {
        *left = *right = scaled(*taps++, shift);
        left += 4;
        right += 4;
      }
    }
    return;
  }
  const int32_t hop = stride & 1 ? 3 : 1; /* from the right output's tap to the next one */
  for (int32_t y = p->filter_height; y > 0; y--) {
    int16_t *left = weights;
    int16_t *right = weights + half_of(stride, 4) + 2;
    for (int32_t x = p->filter_width; x > 1; x -= 2) {
      left[0] = right[0] = scaled(*taps++, shift);
      left[1] = right[hop] = scaled(*taps++, shift);
      left += 4;
      right += 4;
    }
    if (p->filter_width & 1) {
      left[0] = right[0] = scaled(*taps++, shift);
    }
    weights += 4 * l->inner;
  }
}

/* `rows` output rows of a channel: two rows at a time, an odd column of them alone; the last one of
 * an odd number alone with four outputs of it at a time, and what is left over of those two or one
 * at a time. */
static void convolve_rows(const params *p, td_window_walk *l, int32_t rows, int32_t pair,
                          const uint32_t *planes, int8_t *output) {
  const int32_t right = p->output_right;
  const int32_t below = p->output_down;
  const int32_t across = p->stride_width * pair; /* in the planes, two outputs further */
  const int32_t lower = p->stride_height * TD_PLANAR_ROW_BYTES;
  const int32_t columns = p->output_width / 2;
  l->apart = lower;
  l->output_apart = below;
  l->output_right = right;
  l->output_step = 2 * right;
  l->plane_step = across;
  run(l, columns, rows / 2, 2 * below, 2 * lower, planes, output);
  if (p->output_width & 1) {
    l->output_right = 0;
    l->output_step = 2 * below;
    l->plane_step = 2 * lower;
    run(l, rows / 2, 1, 0, 0, planes + columns * (across / 4), output + 2 * columns * right);
  }
  if (rows & 1) {
    int32_t x = p->output_width / 4 * 2; /* of columns two wide */
    planes += (rows - 1) * (lower / 4);
    output += (rows - 1) * below;
    l->apart = across;
    l->output_apart = 2 * right;
    l->output_right = right;
    l->output_step = 4 * right;
    l->plane_step = 2 * across;
    run(l, x / 2, 1, 0, 0, planes, output);
    l->apart = 0;
    l->output_apart = 0;
    for (; 2 * x < p->output_width; x++) {
      l->output_right = 2 * x + 1 < p->output_width ? right : 0;
      run(l, 1, 1, 0, 0, planes + x * (across / 4), output + 2 * x * right);
    }
  }
}

/* What a walk has in common for all channels. */
static td_window_walk prepare(const params *p, const td_planar *planar, const uint32_t *weights) {
  int32_t runs;
  const int32_t words = row_words(p, &runs);
  const int32_t pair = planar->rows * TD_PLANAR_ROW_BYTES;
  td_window_walk l;
  memset(&l, 0, sizeof l);
  l.down = p->filter_height > 1 && p->filter_height <= TD_WINDOW_ROWS;
  l.inner = l.down ? p->filter_height : words / runs;
  l.weights = weights;
  l.weights_end = weights + p->filter_height * words * 2;
  l.along = pair;
  if (l.down) {
    l.next = pair - p->filter_height * TD_PLANAR_ROW_BYTES;
    l.entry = (TD_WINDOW_ROWS - l.inner) * STEP_DOWN_BYTES;
  } else {
    l.next = runs > 1 ? 0 : TD_PLANAR_ROW_BYTES - words * pair;
    l.entry = TD_WINDOW_ROWS * STEP_DOWN_BYTES + BRANCH_BYTES +
              (TD_WINDOW_WORDS - l.inner) * STEP_ALONG_BYTES;
  }
  l.low = td_pair(p->activation_min, p->activation_min);
  l.high = td_pair(p->activation_max, p->activation_max);
  return l;
}

#endif
