namespace Konsul.Mesh.Dns.Wire;

/// <summary>What is wrong with a packet.</summary>
internal enum QueryFault
{
    None,

    /// <summary>Too short for a header, or an answer: not answered at all, so that two servers never answer each other.</summary>
    Ignore,

    /// <summary>FORMERR.</summary>
    Format,

    /// <summary>NOTIMP: an opcode other than QUERY.</summary>
    Opcode,
}
