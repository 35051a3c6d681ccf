{{ bucketed(ref("candidates")) }}
