#include "td_conv_2d_mve_s8.h"

#include "td_mve.h"
#include "td_mve_block_s8.h"
#include "td_window.h"

#define WINDOWS 4
#define QUAD 4 /* channels */

/* What of a window's rows lies in the image, the same for a row of output pixels. */
typedef struct {
  const int8_t *input; /* the first of these rows */
  td_taps taps;
} window_rows;

/* `runs` of `count` bytes, as far apart as the steps tell. */
static inline void copy_runs(int8_t *to, int32_t to_step, const int8_t *from, int32_t from_step,
                             int32_t runs, int32_t count) {
  for (; runs > 0; runs--) {
    td_mve_copy(to, from, count);
    to += to_step;
    from += from_step;
  }
}

/* The window whose first tap is in column x. */
static void copy_window(const td_conv_2d_mve_s8_params *p, const window_rows *rows, int32_t x,
                        int8_t *to) {
  const int32_t depth = p->input_channels;
  const int32_t width = p->filter_width;
  const int32_t dilation = p->dilation_width;
  const int32_t height = rows->taps.end - rows->taps.begin;
  const int32_t from_step = p->dilation_height * p->input_width * depth;
  td_taps columns = {0, width};
  if (x < 0 || x + (width - 1) * dilation >= p->input_width) {
    columns = td_taps_inside(x, dilation, width, p->input_width);
  }
  const int32_t inside = columns.end - columns.begin;
  if (height < p->filter_height || inside < width) {
    td_mve_fill(to, p->input_zero_point, p->filter_height * width * depth);
  }
  const int8_t *from = rows->input + (x + columns.begin * dilation) * depth;
  to += (rows->taps.begin * width + columns.begin) * depth;
  if (dilation == 1) {
    copy_runs(to, width * depth, from, from_step, inside > 0 ? height : 0, inside * depth);
  } else {
    for (int32_t kx = columns.begin; kx < columns.end; kx++) {
      copy_runs(to, width * depth, from, from_step, height, depth);
      to += depth;
      from += dilation * depth;
    }
  }
}

/* A quad of channels of all windows, for outputs of `channels` bytes from `output` on. */
static void finish_last(td_mve_block *block, int32_t quad_bytes, int32_t count, int32_t channels,
                        int8_t *output) {
  int8_t few[WINDOWS * QUAD];
  const int32_t is_few = channels < QUAD;
  for (int32_t i = 0; i < WINDOWS; i++) {
    const int32_t pixel = i < count ? i : count - 1;
    block->outputs[i] = is_few ? few + QUAD * pixel : output + (pixel + 1) * channels - QUAD;
  }
  block->weights_end = block->weights + quad_bytes;
  td_mve_block_s8(block);
  for (int32_t i = 0; is_few && i < count * channels; i++) {
    output[i] = few[i / channels * QUAD + i % channels];
  }
}

/* All channels of `count` pixels whose windows have been copied. */
static void finish(const td_conv_2d_mve_s8_params *p, td_mve_block *block, const int8_t *filter,
                   int32_t count, int8_t *output) {
  const int32_t channels = p->output_channels;
  const int32_t quad_bytes = 4 * TD_MVE_BYTES * p->steps + 36;
  const int32_t quads = channels / QUAD;
  block->weights = filter;
  if (quads > 0) {
    for (int32_t i = 0; i < WINDOWS; i++) {
      block->outputs[i] = output + (i < count ? i : count - 1) * channels;
    }
    block->weights_end = filter + quads * quad_bytes;
    td_mve_block_s8(block);
    block->weights = block->weights_end;
  }
  if (channels % QUAD) {
    finish_last(block, quad_bytes, count, channels, output);
  }
  if (p->activation_min != INT8_MIN || p->activation_max != INT8_MAX) {
    td_mve_clamp(output, count * channels, p->activation_min, p->activation_max);
  }
}

/* Windows of one pixel each, side by side, that fill their vectors. */
static void convolve_pixels(const td_conv_2d_mve_s8_params *p, td_mve_block *block,
                            const int8_t *input, const int8_t *filter, int8_t *output,
                            int8_t *windows) {
  for (int32_t left = p->output_width; left > 0; left -= WINDOWS) {
    const int32_t count = left < WINDOWS ? left : WINDOWS;
    td_mve_copy(windows, input, count * p->input_channels);
    for (int32_t i = 0; i < WINDOWS; i++) {
      block->windows[i] = windows + (i < count ? i : count - 1) * p->input_channels;
    }
    finish(p, block, filter, count, output);
    input += WINDOWS * p->input_channels;
    output += WINDOWS * p->output_channels;
  }
}

void td_conv_2d_mve_s8(const td_conv_2d_mve_s8_params *p, const int8_t *input, const int8_t *filter,
                       int8_t *output, void *scratch) {
  const int32_t window_bytes = TD_MVE_BYTES * p->steps;
  const int32_t image_bytes = p->input_height * p->input_width * p->input_channels;
  int8_t *const windows = (int8_t *)scratch;
  td_mve_block block;
  block.steps_left = p->steps - 1;
  block.output_zero_point = p->output_zero_point;
  block.linear = p->linear;
  if (p->side_by_side) {
    convolve_pixels(p, &block, input, filter, output, windows);
    return;
  }
  const int32_t depth = p->input_channels;
  const int32_t run = p->filter_width * depth;
  const int32_t from_step = p->dilation_height * p->input_width * depth;
  /* Windows whose first tap is before this column do not reach beyond the right side. */
  const int32_t end = p->dilation_width == 1 ? p->input_width - p->filter_width + 1 : 0;
  int32_t count = 0;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t row = 0; row < p->output_height; row++) {
      const int32_t y = row * p->stride_height - p->pad_top;
      const td_taps taps = td_taps_inside(y, p->dilation_height, p->filter_height, p->input_height);
      const int32_t first = y + taps.begin * p->dilation_height;
      const window_rows rows = {input + first * p->input_width * depth, taps};
      const int32_t height = taps.end - taps.begin;
      const int32_t whole = height == p->filter_height;
      int32_t x = -p->pad_left;
      for (int32_t left = p->output_width; left > 0; left--) {
        int8_t *const window = windows + count * window_bytes;
        block.windows[count++] = window;
        if (whole && x >= 0 && x < end) {
          copy_runs(window, run, rows.input + x * depth, from_step, height, run);
        } else {
          copy_window(p, &rows, x, window);
        }
        x += p->stride_width;
        if (count == WINDOWS) {
          finish(p, &block, filter, WINDOWS, output);
          output += WINDOWS * p->output_channels;
          count = 0;
        }
      }
    }
    input += image_bytes;
  }
  if (count > 0) {
    for (int32_t i = count; i < WINDOWS; i++) {
      block.windows[i] = block.windows[count - 1];
    }
    finish(p, &block, filter, count, output);
  }
}
