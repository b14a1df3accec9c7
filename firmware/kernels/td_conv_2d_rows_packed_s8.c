#include "td_conv_2d_rows_packed_s8.h"

#include "td_packed_block_s8.h"
#include "td_packed_fold_s8.h"
#include "td_packed_widen.h"

typedef struct {
  int8_t *begin;
  int8_t *end;
  int8_t *next;         /* where the next row goes */
  int32_t next_row;     /* of the padded input */
  const int8_t *window; /* the row on which the next pixel's window starts */
  int32_t x;            /* of the next output pixel */
  int32_t y;
} walk;

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
    for (int32_t i = 0; i < p->row_bytes; i += 4) {
      td_store_word(at->next + i, padding);
    }
    if (y >= 0 && y < p->input_height) {
      copy(at->next + left, input + y * bytes, bytes < room ? bytes : room);
    }
    at->next += p->row_bytes;
    if (at->next == at->end) {
      at->next = at->begin;
    }
  }
}

/* The windows of four neighbours in a row, the first one's first byte at `from`. */
static void widen_4_windows(const td_conv_2d_rows_packed_s8_params *p, const walk *at,
                            const int8_t *from, uint32_t *acts, int8_t *rest) {
  const int32_t depth = p->input_channels;
  const int32_t stride = p->stride_width * depth;
  const int32_t runs = p->dilation_width == 1 ? 1 : p->filter_width;
  const int32_t run = p->dilation_width == 1 ? p->filter_width * depth : depth;
  const int32_t left = run & 3;
  const int32_t rest_stride = p->rest_bytes + 4;
  const int32_t row_step = p->dilation_height * p->row_bytes;
  const int8_t *const end = at->end;
  const int32_t size = (int32_t)(end - at->begin);
  int8_t *rest_to = rest;
  for (int32_t ky = p->filter_height; ky > 0; ky--) {
    const int8_t *p0 = from;
    for (int32_t kx = runs; kx > 0; kx--) {
      const int8_t *const p1 = p0 + stride;
      const int8_t *const p2 = p1 + stride;
      const int8_t *const p3 = p2 + stride;
      acts = td_packed_widen_4(acts, p0, p1, p2, p3, run - left);
      if (left) {
        /* Of each word the next one overwrites what is too much. */
        td_store_word(rest_to, td_load_word(p0 + run - left));
        td_store_word(rest_to + rest_stride, td_load_word(p1 + run - left));
        td_store_word(rest_to + 2 * rest_stride, td_load_word(p2 + run - left));
        td_store_word(rest_to + 3 * rest_stride, td_load_word(p3 + run - left));
        rest_to += left;
      }
      p0 += p->dilation_width * depth;
    }
    from += row_step;
    if (from >= end) {
      from -= size;
    }
  }
  td_packed_widen_4(acts, rest, rest + rest_stride, rest + 2 * rest_stride, rest + 3 * rest_stride,
                    p->rest_bytes);
}

/* One pixel's window, its first byte at `from`. */
static void widen_window(const td_conv_2d_rows_packed_s8_params *p, const walk *at,
                         const int8_t *from, int32_t pixels, uint32_t *acts, int8_t *rest) {
  const int32_t depth = p->input_channels;
  const int32_t runs = p->dilation_width == 1 ? 1 : p->filter_width;
  const int32_t run = p->dilation_width == 1 ? p->filter_width * depth : depth;
  const int32_t left = run & 3;
  const int32_t row_step = p->dilation_height * p->row_bytes;
  int8_t *rest_to = rest;
  for (int32_t ky = p->filter_height; ky > 0; ky--) {
    const int8_t *p0 = from;
    for (int32_t kx = runs; kx > 0; kx--) {
      acts = td_packed_widen_1(acts, pixels, p0, run - left);
      td_store_word(rest_to, td_load_word(p0 + run - left));
      rest_to += left;
      p0 += p->dilation_width * depth;
    }
    from += row_step;
    if (from >= at->end) {
      from -= at->end - at->begin;
    }
  }
  td_packed_widen_1(acts, pixels, rest, p->rest_bytes);
}

/* Moves on to the next output pixel. */
static void step(const td_conv_2d_rows_packed_s8_params *p, walk *at) {
  at->x++;
  if (at->x == p->output_width) {
    at->x = 0;
    at->y++;
    at->window += p->stride_height * p->row_bytes;
    while (at->window >= at->end) {
      at->window -= at->end - at->begin;
    }
  }
}

/* Brings the next `pixels` pixels' windows into activation words. */
static void gather(const td_conv_2d_rows_packed_s8_params *p, const int8_t *input, walk *at,
                   int32_t pixels, uint32_t *acts, int8_t *rest) {
  const int32_t reach = (p->filter_height - 1) * p->dilation_height;
  const int32_t stride = p->stride_width * p->input_channels;
  copy_rows(p, input, at->y * p->stride_height + reach, at);
  if (pixels == 4 && at->x + 4 <= p->output_width) {
    widen_4_windows(p, at, at->window + at->x * stride, acts, rest);
    at->x += 3;
    step(p, at);
  } else {
    for (int32_t i = 0; i < pixels; i++) {
      copy_rows(p, input, at->y * p->stride_height + reach, at);
      widen_window(p, at, at->window + at->x * stride, pixels, acts + i, rest);
      step(p, at);
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
  int8_t *const ring = rest + 4 * (p->rest_bytes + 4);
  walk at = {
      .begin = ring, .end = ring + p->ring_rows * p->row_bytes, .next = ring, .window = ring};
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
