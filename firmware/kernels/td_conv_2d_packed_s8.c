#include "td_conv_2d_packed_s8.h"

#include "td_packed_block_s8.h"
#include "td_packed_fold_s8.h"
#include "td_packed_widen.h"
#include "td_window.h"

typedef struct {
  int32_t y; /* of the window's first tap in the input; may lie outside */
  int32_t x;
} corner;

/* Widens `count` times the input's zero point. */
static void widen_padding(uint32_t *acts, int32_t pixels, int32_t zero_point, int32_t count) {
  const uint32_t inputs = ((uint32_t)zero_point & 0xffu) * 0x01010101u;
  const uint32_t u = td_packed_u(inputs);
  const uint32_t l = td_packed_l(inputs);
  for (int32_t i = 0; i < count; i += 4) {
    acts[0] = u;
    acts[pixels] = l;
    acts += 2 * pixels;
  }
}

/* One row of one pixel's window; input channels are a multiple of four. */
static void widen_row(const td_conv_2d_packed_s8_params *p, const int8_t *row, int32_t x0,
                      td_taps taps, uint32_t *acts, int32_t pixels) {
  const int32_t depth = p->input_channels;
  const int32_t inside = taps.end > taps.begin ? taps.end - taps.begin : 0;
  const int32_t before = inside ? taps.begin : 0;
  const int32_t after = p->filter_width - before - inside;
  const int8_t *input = row + (x0 + before * p->dilation_width) * depth;
  widen_padding(acts, pixels, p->input_zero_point, before * depth);
  acts += before * depth / 2 * pixels;
  if (p->dilation_width == 1) {
    td_packed_widen_1(acts, pixels, input, inside * depth);
    acts += inside * depth / 2 * pixels;
  } else {
    for (int32_t i = 0; i < inside; i++) {
      td_packed_widen_1(acts, pixels, input, depth);
      input += p->dilation_width * depth;
      acts += depth / 2 * pixels;
    }
  }
  widen_padding(acts, pixels, p->input_zero_point, after * depth);
}

/* The windows of `pixels` pixels; input channels are a multiple of four. */
static void widen_windows(const td_conv_2d_packed_s8_params *p, const int8_t *input,
                          const corner *at, int32_t pixels, uint32_t *acts) {
  const int32_t run = p->filter_width * p->input_channels;
  const int32_t row_bytes = p->input_width * p->input_channels;
  for (int32_t i = 0; i < pixels; i++) {
    const td_taps taps =
        td_taps_inside(at[i].x, p->dilation_width, p->filter_width, p->input_width);
    uint32_t *to = acts + i;
    int32_t y = at[i].y;
    for (int32_t ky = 0; ky < p->filter_height; ky++) {
      if (y < 0 || y >= p->input_height) {
        widen_padding(to, pixels, p->input_zero_point, run);
      } else {
        widen_row(p, input + y * row_bytes, at[i].x, taps, to, pixels);
      }
      to += run / 2 * pixels;
      y += p->dilation_height;
    }
  }
}

/* The same for four neighbours in a row, all of whose columns lie inside, without dilation. */
static void widen_4_windows(const td_conv_2d_packed_s8_params *p, const int8_t *input,
                            const corner *at, uint32_t *acts) {
  const int32_t depth = p->input_channels;
  const int32_t run = p->filter_width * depth;
  int32_t y = at->y;
  for (int32_t ky = 0; ky < p->filter_height; ky++) {
    if (y < 0 || y >= p->input_height) {
      for (int32_t i = 0; i < 4; i++) {
        widen_padding(acts + i, 4, p->input_zero_point, run);
      }
    } else {
      td_packed_widen_4(acts, input + (y * p->input_width + at->x) * depth, p->stride_width * depth,
                        run);
    }
    acts += run * 2;
    y += p->dilation_height;
  }
}

/* Copies one pixel's window to `patch` in one run; any number of input channels. */
static void copy_window(const td_conv_2d_packed_s8_params *p, const int8_t *input, corner at,
                        int8_t *patch) {
  const int32_t depth = p->input_channels;
  const td_taps rows = td_taps_inside(at.y, p->dilation_height, p->filter_height, p->input_height);
  const td_taps columns = td_taps_inside(at.x, p->dilation_width, p->filter_width, p->input_width);
  for (int32_t ky = 0; ky < p->filter_height; ky++) {
    const int32_t y = at.y + ky * p->dilation_height;
    for (int32_t kx = 0; kx < p->filter_width; kx++) {
      const int32_t inside =
          ky >= rows.begin && ky < rows.end && kx >= columns.begin && kx < columns.end;
      const int8_t *from = input + (y * p->input_width + at.x + kx * p->dilation_width) * depth;
      for (int32_t c = 0; c < depth; c++) {
        *patch++ = inside ? from[c] : (int8_t)p->input_zero_point;
      }
    }
  }
}

/* Brings the windows of the `pixels` pixels from output pixel `first` on into activation words. */
static void gather(const td_conv_2d_packed_s8_params *p, const int8_t *input, corner *next,
                   int32_t pixels, uint32_t *acts, int8_t *patches) {
  corner at[4];
  const int32_t right = p->output_width * p->stride_width - p->pad_left;
  for (int32_t i = 0; i < pixels; i++) {
    at[i] = *next;
    next->x += p->stride_width;
    if (next->x >= right) {
      next->x = -p->pad_left;
      next->y += p->stride_height;
    }
  }
  if (patches) {
    const int32_t size = p->filter_height * p->filter_width * p->input_channels;
    const int32_t stride = (size + 3) & ~3;
    for (int32_t i = 0; i < pixels; i++) {
      copy_window(p, input, at[i], patches + i * stride);
    }
    td_packed_widen(acts, pixels, patches, stride, stride);
  } else if (pixels == 4 && p->dilation_width == 1 && at[0].y == at[3].y && at[0].x >= 0 &&
             at[3].x + p->filter_width <= p->input_width) {
    widen_4_windows(p, input, at, acts);
  } else {
    widen_windows(p, input, at, pixels, acts);
  }
}

void td_conv_2d_packed_s8(const td_conv_2d_packed_s8_params *p, const int8_t *input,
                          const int8_t *filter, const void *bias, int8_t *output, void *scratch) {
  const int32_t size = p->filter_height * p->filter_width * p->input_channels;
  uint32_t *acts = scratch;
  td_packed_block block = {
      .filter = filter,
      .bias = bias,
      .multiplier = p->multiplier,
      .shift = p->shift,
      .groups = (size + 3) / 4,
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
  int8_t *patches = p->input_channels % 4 ? (int8_t *)(acts + 8 * block.groups) : NULL;
  corner next = {-p->pad_top, -p->pad_left};
  int32_t left = p->output_height * p->output_width;
  while (left > 0) {
    const int32_t count = td_packed_block_pixels(left);
    gather(p, input, &next, count, acts, patches);
    if (count != block.pixels) {
      td_packed_block_prepare(&block, count);
    }
    td_packed_block_s8(&block, output);
    output += count * p->output_channels;
    left -= count;
  }
}
