#include "td_conv_2d_rows_packed_s8.h"

#include <string.h>

#include "td_packed_block_s8.h"
#include "td_packed_fold_s8.h"
#include "td_packed_widen.h"
#include "td_packed_widen_4_s8.h"

typedef struct {
  td_packed_runs runs; /* of a window: in a row, or one in each row */
  int32_t runs_in_row;
  int32_t columns; /* output columns */
  int8_t *ring;
  int32_t next_slot; /* where the next row goes */
  int32_t next_row;  /* of the padded input */
  int32_t slot;      /* of the row on which the next pixel's window starts */
  int32_t x;         /* of the next output pixel */
  int32_t last_row;  /* of its window, in the padded input */
} walk;

static walk start(const td_conv_2d_rows_packed_s8_params *p, int8_t *ring) {
  const int32_t depth = p->input_channels;
  const int32_t dilated = p->dilation_width != 1;
  const int32_t inputs = dilated ? depth : p->filter_width * depth;
  const walk at = {
      .runs = {.stride = p->stride_width * depth,
               .step = dilated ? p->dilation_width * depth : p->row_bytes,
               .count = inputs & ~3,
               .left = inputs & 3,
               .rest_stride = p->rest_bytes + 4},
      .runs_in_row = dilated ? p->filter_width : 1,
      .columns = p->output_width,
      .ring = ring,
      .next_slot = 0,
      .next_row = 0,
      .slot = 0,
      .x = 0,
      .last_row = (p->filter_height - 1) * p->dilation_height,
  };
  return at;
}

static void copy(int8_t *to, const int8_t *from, int32_t count) {
  for (; count >= 4; count -= 4) {
    td_store_word(to, td_load_word(from));
    to += 4;
    from += 4;
  }
  for (; count > 0; count--) {
    *to++ = *from++;
  }
}

static void fill(int8_t *to, int32_t value, int32_t count) {
  for (; count > 0; count--) {
    *to++ = (int8_t)value;
  }
}

/* Copies the padded input's rows up to `row` to the ring. */
static void copy_rows(const td_conv_2d_rows_packed_s8_params *p, const int8_t *input, walk *at) {
  const int32_t left = p->pad_left * p->input_channels;
  const int32_t bytes = p->input_width * p->input_channels;
  const int32_t room = p->row_bytes - left;
  const int32_t copied = bytes < room ? bytes : room;
  for (; at->next_row <= at->last_row; at->next_row++) {
    const int32_t y = at->next_row - p->pad_top;
    int8_t *const to = at->ring + at->next_slot * p->row_bytes;
    if (y >= 0 && y < p->input_height) {
      fill(to, p->input_zero_point, left);
      copy(to + left, input + y * bytes, copied);
      fill(to + left + copied, p->input_zero_point, room - copied);
    } else {
      fill(to, p->input_zero_point, p->row_bytes);
    }
    at->next_slot = at->next_slot + 1 < p->ring_rows ? at->next_slot + 1 : 0;
  }
}

/* One pixel's runs, as td_packed_widen_4_s8 does four. */
static uint32_t *widen_1(const td_packed_runs *runs, const int8_t *input, int32_t number,
                         int32_t pixels, uint32_t *acts, int8_t *rest) {
  for (; number > 0; number--) {
    acts = td_packed_widen_1(acts, pixels, input, runs->count);
    td_store_word(rest, td_load_word(input + runs->count));
    rest += runs->left;
    input += runs->step;
  }
  return acts;
}

/* The windows of the next `pixels` pixels, 4 or 1, which lie in a row, to the first columns of
 * activation words for `columns` pixels. */
static void widen_windows(const td_conv_2d_rows_packed_s8_params *p, const walk *at, int32_t pixels,
                          int32_t columns, uint32_t *acts, int8_t *rest) {
  const td_packed_runs *const runs = &at->runs;
  const int32_t row_by_row = p->dilation_height != 1 || at->runs_in_row != 1;
  int8_t *rest_to = rest;
  int32_t slot = at->slot;
  int32_t rows_left = p->filter_height;
  while (rows_left > 0) {
    const int8_t *const from = at->ring + slot * p->row_bytes + at->x * runs->stride;
    const int32_t until_end = row_by_row ? 1 : p->ring_rows - slot;
    const int32_t rows = rows_left < until_end ? rows_left : until_end;
    const int32_t number = rows * at->runs_in_row;
    acts = pixels == 4 ? td_packed_widen_4_s8(runs, from, number, acts, rest_to)
                       : widen_1(runs, from, number, columns, acts, rest_to);
    rest_to += number * runs->left;
    rows_left -= rows;
    slot += rows * p->dilation_height;
    slot -= slot >= p->ring_rows ? p->ring_rows : 0;
  }
  if (pixels == 4) {
    const td_packed_runs rests = {.stride = runs->rest_stride,
                                  .step = 0,
                                  .count = p->rest_bytes,
                                  .left = 0,
                                  .rest_stride = 0};
    td_packed_widen_4_s8(&rests, rest, 1, acts, NULL);
  } else {
    td_packed_widen_1(acts, columns, rest, p->rest_bytes);
  }
}

/* Brings the next `pixels` pixels' windows into activation words. */
static void gather(const td_conv_2d_rows_packed_s8_params *p, const int8_t *input, walk *at,
                   int32_t pixels, uint32_t *acts, int8_t *rest) {
  for (int32_t done = 0; done < pixels;) {
    const int32_t count = pixels - done == 4 && at->x + 4 <= at->columns ? 4 : 1;
    if (at->next_row <= at->last_row) {
      copy_rows(p, input, at);
    }
    widen_windows(p, at, count, pixels, acts + done, rest);
    done += count;
    at->x += count;
    if (at->x == at->columns) {
      at->x = 0;
      at->last_row += p->stride_height;
      at->slot = (at->slot + p->stride_height) % p->ring_rows;
    }
  }
}

void td_conv_2d_rows_packed_s8(const td_conv_2d_rows_packed_s8_params *p, const int8_t *input,
                               const int8_t *filter, const void *bias, int8_t *output,
                               void *scratch) {
  uint32_t *acts = (uint32_t *)scratch;
  td_packed_block block;
  memset(&block, 0, sizeof block);
  block.filter = filter;
  block.bias = (const int32_t *)bias;
  block.multiplier = p->multiplier;
  block.shift = p->shift;
  block.groups = p->groups;
  block.channels = p->output_channels;
  block.mode = p->mode;
  block.requant.round = p->round;
  block.requant.half = p->half;
  block.requant.activation_min = p->activation_min;
  block.requant.activation_max = p->activation_max;
  block.parts.groups = p->part_groups;
  block.parts.shift = p->part_shift;
  if (p->plain_bias) {
    td_packed_fold_s8(&block, (const int16_t *)bias, p->input_zero_point, (int32_t *)scratch);
    block.bias = (const int32_t *)scratch;
    acts += p->output_channels;
  }
  block.acts = acts;
  int8_t *const rest = (int8_t *)(acts + 8 * p->groups);
  walk at = start(p, rest + 4 * (p->rest_bytes + 4));
  int32_t left = p->output_height * p->output_width;
  while (left > 0) {
    const int32_t count = td_packed_block_pixels(left);
    gather(p, input, &at, count, acts, rest);
    if (count != block.pixels) {
      td_packed_block_prepare(&block, count);
    }
    td_packed_block_s8(&block, output);
    output += count * p->output_channels;
    left -= count;
  }
}
