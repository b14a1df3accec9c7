#include "td_conv_2d_packed_s8.h"

#include "td_packed_block_s8.h"
#include "td_packed_fold_s8.h"
#include "td_packed_widen.h"
#include "td_packed_widen_4_s8.h"
#include "td_window.h"

typedef struct {
  int32_t y; /* of the window's first tap in the input; may lie outside */
  int32_t x;
} corner;

/* Widens `count` times the input's zero point. */
static uint32_t *widen_padding(uint32_t *acts, int32_t pixels, int32_t zero_point, int32_t count) {
  const uint32_t inputs = ((uint32_t)zero_point & 0xffu) * 0x01010101u;
  uint32_t *const end = acts + count / 4 * TD_PACKED_WORDS * pixels;
  for (; acts != end; acts += TD_PACKED_WORDS * pixels) {
    td_packed_put(acts, pixels, inputs);
  }
  return acts;
}

/* One pixel's window, whatever of it lies outside. */
static void widen_window(const td_conv_2d_packed_s8_params *p, const int8_t *input, corner at,
                         int32_t pixels, uint32_t *acts) {
  const int32_t depth = p->input_channels;
  const td_taps taps = td_taps_inside(at.x, p->dilation_width, p->filter_width, p->input_width);
  const int32_t inside = taps.end - taps.begin;
  const int32_t before = taps.begin * depth;
  const int32_t after = (p->filter_width - taps.end) * depth;
  const int32_t contiguous = p->dilation_width == 1;
  const int32_t runs = contiguous ? 1 : inside;
  const int32_t run = contiguous ? inside * depth : depth;
  int32_t y = at.y;
  for (int32_t ky = 0; ky < p->filter_height; ky++) {
    if (inside <= 0 || y < 0 || y >= p->input_height) {
      acts = widen_padding(acts, pixels, p->input_zero_point, p->filter_width * depth);
    } else {
      const int32_t x = at.x + taps.begin * p->dilation_width;
      const int8_t *from = input + (y * p->input_width + x) * depth;
      acts = widen_padding(acts, pixels, p->input_zero_point, before);
      for (int32_t i = 0; i < runs; i++) {
        acts = td_packed_widen_1(acts, pixels, from, run);
        from += p->dilation_width * depth;
      }
      acts = widen_padding(acts, pixels, p->input_zero_point, after);
    }
    y += p->dilation_height;
  }
}

/* Over one row of four widened windows: the padding of those that reach over the sides. */
static void pad_4_rows(const td_conv_2d_packed_s8_params *p, int32_t x, uint32_t *acts) {
  const int32_t depth = p->input_channels;
  for (int32_t i = 0; i < 4; i++) {
    const int32_t right = x + p->filter_width - p->input_width;
    if (x < 0) {
      widen_padding(acts + i, 4, p->input_zero_point, -x * depth);
    }
    if (right > 0) {
      widen_padding(acts + i + TD_PACKED_WORDS * (p->filter_width - right) * depth, 4,
                    p->input_zero_point, right * depth);
    }
    x += p->stride_width;
  }
}

/* The windows of four neighbours in a row, without dilation sideways. What reaches over a side is
 * first widened as it lies in memory, which is other rows' input. */
static void widen_4_windows(const td_conv_2d_packed_s8_params *p, const int8_t *input, corner at,
                            int32_t over_sides, uint32_t *acts) {
  const int32_t depth = p->input_channels;
  const int32_t run = p->filter_width * depth;
  const int32_t row_bytes = p->input_width * depth;
  const td_taps rows = td_taps_inside(at.y, p->dilation_height, p->filter_height, p->input_height);
  const int32_t inside = rows.end - rows.begin;
  for (int32_t i = 0; inside < p->filter_height && i < 4; i++) {
    widen_padding(acts + i, 4, p->input_zero_point, rows.begin * run);
    widen_padding(acts + i + TD_PACKED_WORDS * rows.end * run, 4, p->input_zero_point,
                  (p->filter_height - rows.end) * run);
  }
  acts += TD_PACKED_WORDS * rows.begin * run;
  const td_packed_runs runs = {.stride = p->stride_width * depth,
                               .step = p->dilation_height * row_bytes,
                               .count = run,
                               .left = 0,
                               .rest_stride = 0};
  const int32_t y = at.y + rows.begin * p->dilation_height;
  td_packed_widen_4_s8(&runs, input + y * row_bytes + at.x * depth, inside, acts, NULL);
  for (int32_t i = 0; over_sides && i < inside; i++) {
    pad_4_rows(p, at.x, acts);
    acts += TD_PACKED_WORDS * run;
  }
}

/* Whether all that four windows in a row span, the sides' padding included, lies in the input. */
static int32_t spans_input(const td_conv_2d_packed_s8_params *p, corner at) {
  const int32_t last_row = at.y + (p->filter_height - 1) * p->dilation_height;
  const int32_t last_x = at.x + 3 * p->stride_width + p->filter_width;
  const int32_t row = last_row < p->input_height ? last_row : p->input_height - 1;
  return (at.y > 0 || at.x >= 0) &&
         row * p->input_width + last_x <= p->input_height * p->input_width;
}

/* The windows of the next `pixels` pixels, the first one's at `next`, which moves on. */
static void widen_windows(const td_conv_2d_packed_s8_params *p, const int8_t *input, corner *next,
                          int32_t pixels, uint32_t *acts) {
  const int32_t right = p->output_width * p->stride_width - p->pad_left;
  const int32_t last = next->x + 3 * p->stride_width;
  const int32_t fourth = last + p->filter_width;
  if (pixels == 4 && p->dilation_width == 1 && last < right && spans_input(p, *next)) {
    widen_4_windows(p, input, *next, next->x < 0 || fourth > p->input_width, acts);
    next->x = last + p->stride_width;
  } else {
    for (int32_t i = 0; i < pixels; i++) {
      if (next->x >= right) {
        next->x = -p->pad_left;
        next->y += p->stride_height;
      }
      widen_window(p, input, *next, pixels, acts + i);
      next->x += p->stride_width;
    }
  }
  if (next->x >= right) {
    next->x = -p->pad_left;
    next->y += p->stride_height;
  }
}

void td_conv_2d_packed_s8(const td_conv_2d_packed_s8_params *p, const int8_t *input,
                          const int8_t *filter, const void *bias, int8_t *output, void *scratch) {
  const int32_t size = p->filter_height * p->filter_width * p->input_channels;
  td_packed_block block = TD_PACKED_BLOCK_OF(p, filter, bias, size / 4, p->output_channels);
  uint32_t *acts = (uint32_t *)scratch;
  if (p->plain_bias) {
    acts = td_packed_fold_s8(&block, p->input_zero_point, scratch);
  }
  block.acts = acts;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    corner next = {-p->pad_top, -p->pad_left};
    int32_t left = p->output_height * p->output_width;
    while (left > 0) {
      const int32_t count = td_packed_block_pixels(left);
      widen_windows(p, input, &next, count, acts);
      if (count != block.pixels) {
        td_packed_block_prepare(&block, count);
      }
      td_packed_block_s8(&block, output);
      output += count * p->output_channels;
      left -= count;
    }
    input += p->input_height * p->input_width * p->input_channels;
  }
}
