#include "td_lstm_s8.h"

#include "td_fixedpoint.h"

static int32_t weighed(const int8_t *weights, const int8_t *values, int32_t count, int32_t bias,
                       int32_t multiplier, int32_t shift) {
  int32_t sum = 0;
  for (int32_t i = 0; i < count; i++) {
    sum += weights[i] * values[i];
  }
  return td_requantize(td_wrap_add(sum, bias), multiplier, shift);
}

#define TD_PARAMS td_lstm_s8_params
#define TD_VALUE int8_t
#define TD_VALUE_MIN INT8_MIN
#define TD_VALUE_MAX INT8_MAX
#define TD_BIAS int32_t
#define TD_RECURRENT_BIAS(bias, row) (bias)[row]
#include "td_lstm_body.h"

void td_lstm_s8(const td_lstm_s8_params *p, const int8_t *input, const int8_t *filter,
                const int8_t *recurrent, const int32_t *bias, int8_t *output, void *scratch) {
  run(p, input, filter, recurrent, bias, output, (int16_t *)scratch);
}
