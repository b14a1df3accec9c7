#include "td_conv_2d_rows_packed_s8.h"

#include "td_packed_block_s8.h"
#include "td_packed_fold_s8.h"
#include "td_packed_widen.h"
#include "td_packed_widen_4_s8.h"

typedef struct {
  int8_t *ring;
  int32_t next_slot; /* where the next row goes */
  int32_t next_row;  /* of the padded input */
  int32_t slot;      /* of the row on which the next pixel's window starts */
  int32_t x;         /* of the next output pixel */
  int32_t y;
} walk;

/* How the stretches of a window's inputs that lie together follow each other in a row or in rows.
 */
typedef struct {
  int32_t count;  /* in a row; with as many rows as windows have, when one each */
  int32_t inputs; /* of one */
  int32_t step;
} runs;

static runs runs_of(const td_conv_2d_rows_packed_s8_params *p) {
  const int32_t depth = p->input_channels;
  const runs dilated = {p->filter_width, depth, p->dilation_width * depth};
  const runs whole = {1, p->filter_width * depth, p->row_bytes};
  return p->dilation_width == 1 ? whole : dilated;
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

/* Copies the padded input's rows up to `row` to the ring. */
static void copy_rows(const td_conv_2d_rows_packed_s8_params *p, const int8_t *input, int32_t row,
                      walk *at) {
  const uint32_t padding = ((uint32_t)p->input_zero_point & 0xffu) * 0x01010101u;
  const int32_t left = p->pad_left * p->input_channels;
  const int32_t bytes = p->input_width * p->input_channels;
  const int32_t room = p->row_bytes - left;
  for (; at->next_row <= row; at->next_row++) {
    const int32_t y = at->next_row - p->pad_top;
    int8_t *const to = at->ring + at->next_slot * p->row_bytes;
    for (int32_t i = 0; i < p->row_bytes; i += 4) {
      td_store_word(to + i, padding);
    }
    if (y >= 0 && y < p->input_height) {
      copy(to + left, input + y * bytes, bytes < room ? bytes : room);
    }
    at->next_slot = at->next_slot + 1 < p->ring_rows ? at->next_slot + 1 : 0;
  }
}

/* What is left of `count` runs of one pixel, four bytes at a time: of each word the next one
 * overwrites what is too much. */
static void copy_rests(const int8_t *from, int32_t step, int32_t left, int32_t count, int8_t *to) {
  for (; count > 0; count--) {
    td_store_word(to, td_load_word(from));
    from += step;
    to += left;
  }
}

/* The windows of `pixels` neighbours in a row, the first of them the next one, to the first columns
 * of activation words for `columns` pixels. */
static void widen_windows(const td_conv_2d_rows_packed_s8_params *p, const walk *at, int32_t pixels,
                          int32_t columns, uint32_t *acts, int8_t *rest) {
  const runs r = runs_of(p);
  const int32_t stride = p->stride_width * p->input_channels;
  const int32_t left = r.inputs & 3;
  const int32_t rest_stride = p->rest_bytes + 4;
  const int32_t joined = p->dilation_height == 1 && r.count == 1;
  int8_t *rest_to = rest;
  int32_t slot = at->slot;
  int32_t rows = 1;
  for (int32_t ky = 0; ky < p->filter_height; ky += rows) {
    const int8_t *const from = at->ring + slot * p->row_bytes + at->x * stride;
    if (joined) {
      const int32_t until_end = p->ring_rows - slot;
      rows = p->filter_height - ky;
      rows = rows < until_end ? rows : until_end;
    }
    const int32_t count = rows * r.count;
    if (pixels == 4) {
      acts = td_packed_widen_4_s8(acts, from, stride, r.inputs - left, count, r.step);
    } else {
      for (int32_t i = 0; i < count; i++) {
        for (int32_t pixel = 0; pixel < pixels; pixel++) {
          td_packed_widen_1(acts + pixel, columns, from + i * r.step + pixel * stride,
                            r.inputs - left);
        }
        acts += (r.inputs - left) / 2 * columns;
      }
    }
    if (left) {
      for (int32_t pixel = 0; pixel < pixels; pixel++) {
        copy_rests(from + pixel * stride + r.inputs - left, r.step, left, count,
                   rest_to + pixel * rest_stride);
      }
      rest_to += left * count;
    }
    slot += rows * p->dilation_height;
    if (slot >= p->ring_rows) {
      slot -= p->ring_rows;
    }
  }
  if (pixels == 4) {
    td_packed_widen_4_s8(acts, rest, rest_stride, p->rest_bytes, 1, 0);
  } else {
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
      td_packed_widen_1(acts + pixel, columns, rest + pixel * rest_stride, p->rest_bytes);
    }
  }
}

/* Brings the next `pixels` pixels' windows into activation words. */
static void gather(const td_conv_2d_rows_packed_s8_params *p, const int8_t *input, walk *at,
                   int32_t pixels, uint32_t *acts, int8_t *rest) {
  const int32_t reach = (p->filter_height - 1) * p->dilation_height;
  int32_t done = 0;
  while (done < pixels) {
    const int32_t in_row = p->output_width - at->x;
    const int32_t count = pixels - done < in_row ? pixels - done : in_row;
    copy_rows(p, input, at->y * p->stride_height + reach, at);
    widen_windows(p, at, count, pixels, acts + done, rest);
    done += count;
    at->x += count;
    if (at->x == p->output_width) {
      at->x = 0;
      at->y++;
      at->slot = (at->slot + p->stride_height) % p->ring_rows;
    }
  }
}

void td_conv_2d_rows_packed_s8(const td_conv_2d_rows_packed_s8_params *p, const int8_t *input,
                               const int8_t *filter, const void *bias, int8_t *output,
                               void *scratch) {
  uint32_t *acts = scratch;
  td_packed_block block = {
      .filter = filter,
      .bias = bias,
      .multiplier = p->multiplier,
      .shift = p->shift,
      .groups = p->groups,
      .channels = p->output_channels,
      .mode = p->mode,
      .requant = {p->round, p->half, p->activation_min, p->activation_max},
  };
  if (p->plain_bias) {
    td_packed_fold_s8(&block, bias, p->input_zero_point, scratch);
    block.bias = scratch;
    acts += p->output_channels;
  }
  block.acts = acts;
  int8_t *const rest = (int8_t *)(acts + 8 * p->groups);
  walk at = {.ring = rest + 4 * (p->rest_bytes + 4)};
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
