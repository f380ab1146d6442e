namespace Konsul.Mesh.Model.Filtering;

/// <param name="Kind">'w' a bare word, 'q' a quoted value, '(' , ')' , '=' for ==, '!' for !=, 'e' the end.</param>
/// <param name="Text">Of a word or value.</param>
internal readonly record struct FilterToken(char Kind, string Text)
{
    public bool Is(string word) => Kind == 'w' && Text == word;
}
