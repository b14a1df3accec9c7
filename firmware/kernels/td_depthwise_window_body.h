/* The depthwise kernels for any window, whose C files name one and set what it can do:
 * TD_DW_KERNEL, TD_DW_LINEAR, TD_DW_CLAMP. */
#ifndef TD_DEPTHWISE_WINDOW_BODY_H
#define TD_DEPTHWISE_WINDOW_BODY_H

#include "td_depthwise_lattice.h"
#include "td_depthwise_record.h"
#include "td_planar_few.h"

#include "td_depthwise_window_blocks.h"

/* What follows runs once a channel or less: small is better than fast. */
#if TD_DSP
#pragma GCC optimize("Os")
#endif

#define STEP_DOWN_BYTES 28 /* of code, in convolve_window */
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

/* Runs `lines` lines of `blocks` blocks: of a block's outputs the second is `right`, the others
 * `apart` bytes further, lines are `line` and `plane_line` bytes apart. */
static void run(td_window_walk *l, int32_t blocks, int32_t lines, int32_t line, int32_t plane_line,
                const uint32_t *planes, int8_t *output) {
  if (blocks * lines == 0) {
    return;
  }
  l->lines = lines;
  l->line_bytes = blocks * l->plane_step;
  l->output_line = line - blocks * l->output_step;
  l->plane_line = plane_line - l->line_bytes;
  convolve_window(planes, output, l);
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

static void set_channel(td_window_walk *l, const td_depthwise_channel *channel) {
  l->multiplier = channel->multiplier;
  l->rounding = channel->rounding;
  l->negative_rounding = channel->negative_rounding;
  l->bias = channel->bias;
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

static void convolve_image(const params *p, const int8_t *input, const uint8_t *filter,
                           int8_t *output, void *scratch) {
  int32_t runs;
  const int32_t words = row_words(p, &runs);
  const td_planar planar = {p->input_height,
                            p->input_width,
                            p->channels,
                            p->input_right,
                            p->input_down,
                            p->input_zero,
                            p->pad_left,
                            (p->output_width - 1) / 2 * p->stride_width + words,
                            (p->strip_rows - 1) * p->stride_height + p->filter_height};
  const td_depthwise_layer layer = {(uint32_t)p->ratio, p->ratio_low, p->weight_shift,
                                    (2 * p->output_zero + 1) * (1 << (TD_DW_SHIFT - 1))};
  uint32_t *planes = (uint32_t *)scratch;
  uint32_t *weights = planes + planar.pairs * planar.rows * (TD_PLANAR_ROW_BYTES / 4);
  td_window_walk walk = prepare(p, &planar, weights);
  memset(weights, 0, (size_t)(p->filter_height * words) * 8);
  /* What one strip leaves outside the image stays so for all channels. */
  const int cleared = p->strip_rows >= p->output_height;
  if (cleared) {
    td_planar_clear(&planar, planes);
  }
  const int32_t shared = p->filter_height - p->stride_height; /* input rows, by two strips */
  for (int32_t c = 0; c < p->channels;) {
    const int32_t left = p->channels - c;
    const int32_t count = left < 4 ? left : 4;
    /* When channels are no multiple of 4, the last group reads those before it again. */
    const int32_t skip = p->channels < 4 ? 0 : 4 - count;
    const uint8_t *record = filter;
    for (int32_t y = 0; y < p->output_height; y += p->strip_rows) {
      const int32_t room = p->output_height - y;
      const int32_t rows = room < p->strip_rows ? room : p->strip_rows;
      const int32_t kept = y == 0 || shared < 0 ? 0 : shared;
      if (kept > 0) {
        td_planar_keep(&planar, p->strip_rows * p->stride_height, kept, planes);
      }
      td_planar_copy_few(&planar, input + c - skip, y * p->stride_height - p->pad_top + kept,
                         (rows - 1) * p->stride_height + p->filter_height - kept, kept, cleared,
                         planes);
      record = filter;
      int8_t *place = output + y * p->output_down + c * p->depth_multiplier;
      for (int32_t k = 0; k < count * p->depth_multiplier; k++, place++) {
        td_depthwise_channel channel;
        uint32_t shift;
        const uint8_t *const taps = record;
        record += p->filter_height * p->filter_width;
        record = td_depthwise_constants(record, &layer, &shift, &channel);
        spread(p, taps, shift, &walk, (int16_t *)(void *)weights);
        set_channel(&walk, &channel);
        convolve_rows(p, &walk, rows, walk.along, planes + skip + k / p->depth_multiplier, place);
      }
    }
    filter = record;
    c += count;
  }
}

void TD_DW_KERNEL(const params *p, const int8_t *input, const uint8_t *filter, int8_t *output,
                  void *scratch) {
  params image = *p;
  image.input_right *= p->dilation_width;
  image.input_down *= p->dilation_height;
  image.output_right *= p->dilation_width;
  image.output_down *= p->dilation_height;
  for (int32_t y = 0; y < p->dilation_height && y < p->output_height; y++) {
    const td_lattice rows =
        td_lattice_of(y, p->dilation_height, p->pad_top, p->input_height, p->output_height);
    image.input_height = (int16_t)rows.input_size;
    image.output_height = (int16_t)rows.output_size;
    image.pad_top = (int16_t)rows.pad;
    for (int32_t x = 0; x < p->dilation_width && x < p->output_width; x++) {
      const td_lattice columns =
          td_lattice_of(x, p->dilation_width, p->pad_left, p->input_width, p->output_width);
      image.input_width = (int16_t)columns.input_size;
      image.output_width = (int16_t)columns.output_size;
      image.pad_left = (int16_t)columns.pad;
      convolve_image(&image, input + rows.input * p->input_down + columns.input * p->input_right,
                     filter, output + y * p->output_down + x * p->output_right, scratch);
    }
  }
}

#endif
