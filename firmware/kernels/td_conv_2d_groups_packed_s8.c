#include "td_conv_2d_groups_packed_s8.h"

#include "td_packed_block_s8.h"
#include "td_packed_gather.h"

static td_packed_window window_of(const td_conv_2d_groups_packed_s8_params *p) {
  const int32_t inputs = p->group_inputs;
  const td_packed_window window = {
      .runs = {.stride = p->stride_width * p->input_channels,
               .step = p->dilation_width * p->input_channels,
               .count = inputs & ~3,
               .left = inputs & 3,
               .rest_stride = p->rest_bytes + 4},
      .height = p->filter_height,
      .dilation_height = p->dilation_height,
      .in_row = p->filter_width,
      .at_once = 0,
      .rest_bytes = p->rest_bytes,
  };
  return window;
}

/* All groups of `pixels` pixels in the current row from column `x` on. */
static void run_groups(const td_conv_2d_groups_packed_s8_params *p, const td_packed_window *window,
                       const td_packed_rows *at, int32_t x, int32_t pixels,
                       const td_packed_block *first, uint32_t *acts, int8_t *output) {
  const int32_t paired = td_packed_paired(p->group_outputs);
  const int32_t lanes = pixels == 4 ? 4 : 1; /* pixels that are widened at a time */
  const int32_t stride = window->runs.stride;
  int8_t *const rest = (int8_t *)(acts + 8 * p->words);
  int32_t offset = x * stride;
  td_packed_block block = *first;
  for (int32_t group = 0; group < p->groups; group++) {
    for (int32_t done = 0; done < pixels; done += lanes) {
      td_packed_widen_window(window, at, offset + done * stride, lanes, pixels, acts + done, rest);
    }
    td_packed_block_prepare(&block, pixels);
    td_packed_block_s8(&block, output);
    offset += p->group_inputs;
    output += p->group_outputs;
    block.filter += 4 * paired * p->words;
    block.bias += paired;
    block.multiplier += paired;
    block.shift += block.shift ? paired : 0;
  }
}

/* One image. */
static void run_image(const td_conv_2d_groups_packed_s8_params *p, const td_packed_block *block,
                      uint32_t *acts, td_packed_rows *at, int8_t *output) {
  const td_packed_window window = window_of(p);
  const int32_t pixels = td_packed_block_pixels(p->output_width);
  for (int32_t y = 0; y < p->output_height; y++) {
    td_packed_copy_rows(at);
    for (int32_t x = 0; x < p->output_width; x += pixels) {
      const int32_t last = p->output_width - pixels;
      const int32_t from = x < last ? x : last;
      run_groups(p, &window, at, from, pixels, block, acts, output + from * p->output_channels);
    }
    td_packed_rows_advance(at, p->output_width);
    output += p->output_width * p->output_channels;
  }
}

void td_conv_2d_groups_packed_s8(const td_conv_2d_groups_packed_s8_params *p, const int8_t *input,
                                 const int8_t *filter, const int32_t *bias, int8_t *output,
                                 void *scratch) {
  uint32_t *const acts = (uint32_t *)scratch;
  int8_t *const ring = (int8_t *)(acts + 8 * p->words) + 4 * (p->rest_bytes + 4);
  td_packed_block block = TD_PACKED_BLOCK_OF(p, filter, bias, p->words, p->group_outputs);
  block.acts = acts;
  block.pixels = -1; /* nothing is folded: biases change from group to group */
  for (int32_t batch = 0; batch < p->batches; batch++) {
    td_packed_rows at = TD_PACKED_ROWS_OF(p, input, ring);
    run_image(p, &block, acts, &at, output);
    input += p->input_height * p->input_width * p->input_channels;
    output += p->output_height * p->output_width * p->output_channels;
  }
}
