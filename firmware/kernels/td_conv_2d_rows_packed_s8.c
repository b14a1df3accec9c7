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

/* The windows of up to four pixels, their first bytes at `from`. */
static void widen_windows(const td_conv_2d_rows_packed_s8_params *p, const walk *at,
                          const int8_t *from[4], int32_t pixels, uint32_t *acts, int8_t *rest) {
  const int32_t depth = p->input_channels;
  const int32_t size = (int32_t)(at->end - at->begin);
  const int32_t runs = p->dilation_width == 1 ? 1 : p->filter_width;
  const int32_t run = p->dilation_width == 1 ? p->filter_width * depth : depth;
  const int32_t body = run & ~3;
  int8_t *rest_to = rest;
  for (int32_t ky = 0; ky < p->filter_height; ky++) {
    for (int32_t i = 0; i < runs; i++) {
      const int32_t shift = i * p->dilation_width * depth;
      if (pixels == 4) {
        acts = td_packed_widen_4(acts, from[0] + shift, from[1] + shift, from[2] + shift,
                                 from[3] + shift, body);
      } else {
        for (int32_t pixel = 0; pixel < pixels; pixel++) {
          td_packed_widen_1(acts + pixel, pixels, from[pixel] + shift, body);
        }
        acts += body / 2 * pixels;
      }
      for (int32_t k = body; k < run; k++) {
        for (int32_t pixel = 0; pixel < pixels; pixel++) {
          rest_to[pixel * p->rest_bytes] = from[pixel][shift + k];
        }
        rest_to++;
      }
    }
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
      from[pixel] += p->dilation_height * p->row_bytes;
      if (from[pixel] >= at->end) {
        from[pixel] -= size;
      }
    }
  }
  td_packed_widen(acts, pixels, rest, p->rest_bytes, p->rest_bytes);
}

/* Brings the next `pixels` pixels' windows into activation words. */
static void gather(const td_conv_2d_rows_packed_s8_params *p, const int8_t *input, walk *at,
                   int32_t pixels, uint32_t *acts, int8_t *rest) {
  const int32_t reach = (p->filter_height - 1) * p->dilation_height;
  const int8_t *from[4];
  int32_t y = at->y;
  for (int32_t i = 0; i < pixels; i++) {
    y = at->y;
    from[i] = at->window + at->x * p->stride_width * p->input_channels;
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
  copy_rows(p, input, y * p->stride_height + reach, at);
  widen_windows(p, at, from, pixels, acts, rest);
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
  int8_t *const ring = rest + 4 * p->rest_bytes;
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
