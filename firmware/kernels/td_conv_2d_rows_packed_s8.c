#include "td_conv_2d_rows_packed_s8.h"

#include "td_packed_block_s8.h"
#include "td_packed_fold_s8.h"
#include "td_packed_gather.h"

static td_packed_window window_of(const td_conv_2d_rows_packed_s8_params *p) {
  const int32_t depth = p->input_channels;
  const int32_t dilated = p->dilation_width != 1;
  const int32_t inputs = dilated ? depth : p->filter_width * depth;
  const td_packed_window window = {
      .runs = {.stride = p->stride_width * depth,
               .step = dilated ? p->dilation_width * depth : p->row_bytes,
               .count = inputs & ~3,
               .left = inputs & 3,
               .rest_stride = p->rest_bytes + 4},
      .height = p->filter_height,
      .dilation_height = p->dilation_height,
      .in_row = dilated ? p->filter_width : 1,
      .at_once = !dilated && p->dilation_height == 1,
      .rest_bytes = p->rest_bytes,
  };
  return window;
}

/* Brings the next `pixels` pixels' windows into activation words. */
static void gather(const td_packed_window *window, td_packed_rows *at, int32_t pixels,
                   uint32_t *acts, int8_t *rest) {
  for (int32_t done = 0; done < pixels;) {
    const int32_t count = pixels - done == 4 && at->x + 4 <= at->columns ? 4 : 1;
    if (at->next_row <= at->last_row) {
      td_packed_copy_rows(at);
    }
    td_packed_widen_window(window, at, at->x * window->runs.stride, count, pixels, acts + done,
                           rest);
    done += count;
    td_packed_rows_advance(at, count);
  }
}

void td_conv_2d_rows_packed_s8(const td_conv_2d_rows_packed_s8_params *p, const int8_t *input,
                               const int8_t *filter, const void *bias, int8_t *output,
                               void *scratch) {
  const td_packed_window window = window_of(p);
  td_packed_block block = TD_PACKED_BLOCK_OF(p, filter, bias, p->groups, p->output_channels);
  uint32_t *acts = (uint32_t *)scratch;
  if (p->plain_bias) {
    acts = td_packed_fold_s8(&block, p->input_zero_point, scratch);
  }
  block.acts = acts;
  int8_t *const rest = (int8_t *)(acts + 8 * p->groups);
  const int32_t image_bytes = p->input_height * p->input_width * p->input_channels;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    td_packed_rows at =
        TD_PACKED_ROWS_OF(p, input + batch * image_bytes, rest + 4 * (p->rest_bytes + 4));
    int32_t left = p->output_height * p->output_width;
    while (left > 0) {
      const int32_t count = td_packed_block_pixels(left);
      gather(&window, &at, count, acts, rest);
      if (count != block.pixels) {
        td_packed_block_prepare(&block, count);
      }
      td_packed_block_s8(&block, output);
      output += count * p->output_channels;
      left -= count;
    }
  }
}
