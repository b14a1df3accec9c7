#include "td_lstm_s16.h"

#include "td_wide.h"

static int32_t weighed(const int8_t *weights, const int16_t *values, int32_t count, int64_t bias,
                       int32_t multiplier, int32_t shift) {
  return td_requantize_wide(td_dot_wide(weights, values, count) + bias, multiplier, shift);
}

#define TD_PARAMS td_lstm_s16_params
#define TD_VALUE int16_t
#define TD_VALUE_MIN INT16_MIN
#define TD_VALUE_MAX INT16_MAX
#define TD_BIAS int64_t
#define TD_RECURRENT_BIAS(bias, row) 0
#include "td_lstm_body.h"

void td_lstm_s16(const td_lstm_s16_params *p, const int16_t *input, const int8_t *filter,
                 const int8_t *recurrent, const int64_t *bias, int16_t *output, void *scratch) {
  run(p, input, filter, recurrent, bias, output, (int16_t *)scratch);
}
