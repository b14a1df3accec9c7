/* tiny as C, made by tinydeploy from a .tflite with SHA-256 428bca98069c4160… */
#include "model.h"

#include <stdalign.h>
#include <stdint.h>

#include "td_conv_2d_rows_packed_s8.h"
#include "td_fully_connected_scalar_s8.h"
#include "td_softmax_few_s8.h"

/* 0  CONV_2D  sequential_1/conv_1/Relu  1x4x4x1 -> 1x2x2x2 */
static const int32_t layer0_multiplier[2] = {
    226180094, 309774644,
};
alignas(4) static const int8_t layer0_filter[24] = {
     121,    6,    0,  -38, -103,  -51,  127,  -82,  100,   19, -127,    2,   20,  -16,   38,   -7,
       0,   -5,    0,    0,    0,  122,    0,    0,
};
static const int32_t layer0_bias[2] = {
    2100992,  532736,
};
static const td_conv_2d_rows_packed_s8_params layer0_params = {
    .batches = 1, .input_height = 4, .input_width = 4, .input_channels = 1, .output_height = 2,
    .output_width = 2, .output_channels = 2, .filter_height = 3, .filter_width = 3,
    .stride_height = 1, .stride_width = 1, .dilation_height = 1, .dilation_width = 1,
    .pad_top = 0, .pad_left = 0, .ring_rows = 3, .row_bytes = 4, .rest_bytes = 12, .groups = 3,
    .input_zero_point = -128, .plain_bias = 0, .mode = 0, .round = -522240, .half = 0,
    .activation_min = -128, .activation_max = 127, .part_groups = 0, .part_shift = 0,
    .multiplier = layer0_multiplier, .shift = 0,
};

/* 2  FULLY_CONNECTED  sequential_1/dense_1/MatMul2  1x8 -> 1x3 */
static const int32_t layer2_multiplier[1] = {1689414351};
alignas(4) static const int8_t layer2_shift[1] = {-8};
alignas(4) static const int8_t layer2_filter[24] = {
     -51,   53,  -50,  -51,  -67,  109,  -98,  114,  -87,   46,  -13,  116, -112, -124,  104,  -56,
     -63,  -46,  -81, -127, -100,   65,  -61, -106,
};
static const int32_t layer2_bias[3] = {
     -5248, -16128, -66432,
};
static const td_fully_connected_scalar_s8_params layer2_params = {
    .batches = 1, .input_size = 8, .output_size = 3, .per_channel = 0, .output_offset = -9,
    .activation_min = -128, .activation_max = 127, .multiplier = layer2_multiplier,
    .shift = layer2_shift,
};

/* 3  SOFTMAX  StatefulPartitionedCall_1:0  1x3 -> 1x3 */
static const td_softmax_few_s8_params layer3_params = {
    .multiplier = 1444009344, .rows = 1, .depth = 3, .exp_count = 256, .left_shift = 19,
};

const uint32_t model_input_offset[MODEL_INPUTS] = {176};
const uint32_t model_input_bytes[MODEL_INPUTS] = {16};
const uint32_t model_output_offset[MODEL_OUTPUTS] = {12};
const uint32_t model_output_bytes[MODEL_OUTPUTS] = {3};

static inline void done(model_hook hook, void *user, uint32_t layer, const void *output,
                        size_t bytes) {
  if (hook) {
    hook(user, layer, output, bytes);
  }
}

void model_reset(model_state *state) {
  (void)state;
}

void model_invoke(model_state *state, model_hook hook, void *user) {
  int8_t *const arena = state->arena;

  /* 0  CONV_2D  sequential_1/conv_1/Relu  1x4x4x1 -> 1x2x2x2  72 MACs */
  td_conv_2d_rows_packed_s8(
      &layer0_params, arena + 176, layer0_filter, layer0_bias, arena + 176, arena + 0);
  done(hook, user, 0, arena + 176, 8);

  /* 1  RESHAPE  sequential_1/flatten_1/Reshape  1x2x2x2 -> 1x8 */
  done(hook, user, 1, arena + 176, 8);

  /* 2  FULLY_CONNECTED  sequential_1/dense_1/MatMul2  1x8 -> 1x3  24 MACs */
  td_fully_connected_scalar_s8(
      &layer2_params, arena + 176, layer2_filter, layer2_bias, arena + 12);
  done(hook, user, 2, arena + 12, 3);

  /* 3  SOFTMAX  StatefulPartitionedCall_1:0  1x3 -> 1x3 */
  td_softmax_few_s8(&layer3_params, arena + 12, arena + 12, arena + 0);
  done(hook, user, 3, arena + 12, 3);
}
