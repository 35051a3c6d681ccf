{{ ranking(ref("candidates")) }}
